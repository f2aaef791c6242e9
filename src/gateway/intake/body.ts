import type { IncomingMessage, ServerResponse } from 'node:http'

/** gone: the client left, or was cut for being too slow, before all had come. */
export type Body = Buffer | 'too_large' | 'gone'

/** What comes beyond the bound is read and forgotten up to this, so that a client finds the time to read its refusal. */
const forgottenBytesMax = 64 * 1024 * 1024

/** Reads a request's body whole. What is larger than `bytesMax` is refused as soon as that is known. Never rejects. */
export function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  bytesMax: number,
): Promise<Body> {
  // It left while its key was looked up; nothing more would ever be heard of it.
  if (request.destroyed) return Promise.resolve('gone')
  const declared = Number(request.headers['content-length'] ?? 0)
  if (declared > bytesMax) {
    // Who asks before sending (`expect: 100-continue`) is told no, and sends nothing.
    forget(request)
    return Promise.resolve('too_large')
  }
  if (request.headers.expect !== undefined) response.writeContinue()
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const take = (chunk: Buffer): void => {
      bytes += chunk.byteLength
      if (bytes <= bytesMax) {
        chunks.push(chunk)
        return
      }
      request.off('data', take)
      forget(request)
      resolve('too_large')
    }
    request.on('data', take)
    request.once('end', () => {
      const [only] = chunks
      resolve(
        chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, Math.min(bytes, bytesMax)),
      )
    })
    request.once('close', () => resolve('gone'))
    // An aborted request has an error; its `close` says the same.
    request.once('error', () => resolve('gone'))
  })
}

function forget(request: IncomingMessage): void {
  let bytes = 0
  request.on('error', () => {})
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.byteLength
    if (bytes > forgottenBytesMax) request.socket.destroy()
  })
}
