import type { Exchange } from '../exchange.ts'
import type { BodyRoom } from './body-room.ts'

/**
 * too_large: beyond the bound of one. no_room: beyond what all may hold together. gone: the client left, or was cut for being
 * too slow, before all had come.
 */
export type Body = Buffer | 'too_large' | 'no_room' | 'gone'

/** What comes beyond the bound is read and forgotten up to this, so that a client finds the time to read its refusal. */
const forgottenBytesMax = 64 * 1024 * 1024

/**
 * Reads a request's body whole. What may not come is refused as soon as that is known. Never rejects. What it takes of the
 * room is written into the exchange, which gives it back at its end.
 */
export function readBody(exchange: Exchange, bytesMax: number, room: BodyRoom): Promise<Body> {
  const { request, response } = exchange
  // It left while its key was looked up; nothing more would ever be heard of it.
  if (request.destroyed) return Promise.resolve('gone')
  const declared = Number(request.headers['content-length'] ?? 0)
  if (declared > bytesMax) {
    // Who asks before sending (`expect: 100-continue`) is told no, and sends nothing.
    forget(exchange)
    return Promise.resolve('too_large')
  }
  if (request.headers.expect !== undefined) response.writeContinue()
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const take = (chunk: Buffer): void => {
      bytes += chunk.byteLength
      const over = refusalOf(exchange, bytes, bytesMax, room)
      if (over === null) {
        chunks.push(chunk)
        return
      }
      request.off('data', take)
      forget(exchange)
      resolve(over)
    }
    const leave = (): void => resolve('gone')
    request.on('data', take)
    // Each is heard once as it is, and what is told after the first changes nothing.
    request.on('end', () => {
      const [only] = chunks
      resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks))
    })
    request.on('close', leave)
    // An aborted request has an error; its `close` says the same.
    request.on('error', leave)
  })
}

/** Null: so many bytes may be held, and have their room; which is taken as they come, not as they are announced. */
function refusalOf(
  exchange: Exchange,
  bytes: number,
  bytesMax: number,
  room: BodyRoom,
): 'too_large' | 'no_room' | null {
  if (bytes > bytesMax) return 'too_large'
  if (!room.take(bytes - exchange.heldBytes)) return 'no_room'
  exchange.heldBytes = bytes
  return null
}

function forget({ request }: Exchange): void {
  let bytes = 0
  request.on('error', () => {})
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.byteLength
    if (bytes > forgottenBytesMax) request.socket.destroy()
  })
}
