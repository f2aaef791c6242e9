import type { Upstream, UpstreamCall, UpstreamFailure, UpstreamRequest } from '../ports/upstream.ts'

export type Collected = { status: number; body: Buffer } | { failure: UpstreamFailure }

/** Asks for something that is read here, and not passed on. Never rejects. */
export function collectAnswer(
  upstream: Upstream,
  request: UpstreamRequest,
  bytesMax: number,
): Promise<Collected> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    let status = 0
    let call: UpstreamCall | null = null
    const tooLarge = (): void => {
      call?.abort()
      const message = `upstream ${upstream.name} answered ${request.path} with more than ${bytesMax} bytes`
      resolve({ failure: { kind: 'broken', message, sent: true } })
    }
    call = upstream.send(request, {
      head(given) {
        status = given
      },
      data(chunk) {
        bytes += chunk.byteLength
        if (bytes > bytesMax) tooLarge()
        else chunks.push(chunk)
        return true
      },
      ended: () => resolve({ status, body: Buffer.concat(chunks) }),
      failed: (failure) => resolve({ failure }),
    })
    if (bytes > bytesMax) call.abort()
  })
}
