import type { Upstream, UpstreamCall, UpstreamFailure, UpstreamRequest } from '../ports/upstream.ts'

export type Collected = { status: number; body: Buffer } | { failure: UpstreamFailure }

/**
 * Asks for something that is read here, and not passed on. Never rejects.
 * @param enough nobody waits for it any longer
 * @returns null: that came first
 */
export function collectAnswer(
  upstream: Upstream,
  request: UpstreamRequest,
  bytesMax: number,
  enough: AbortSignal,
): Promise<Collected | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    let status = 0
    let call: UpstreamCall | null = null
    const end = (collected: Collected | null): void => {
      enough.removeEventListener('abort', giveUp)
      resolve(collected)
    }
    const giveUp = (): void => {
      call?.abort()
      end(null)
    }
    const tooLarge = (): void => {
      call?.abort()
      const message = `upstream ${upstream.name} answered ${request.path} with more than ${bytesMax} bytes`
      end({ failure: { kind: 'broken', message, sent: true } })
    }
    enough.addEventListener('abort', giveUp)
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
      ended: () => end({ status, body: Buffer.concat(chunks) }),
      failed: (failure) => end({ failure }),
    })
    if (enough.aborted) giveUp()
  })
}
