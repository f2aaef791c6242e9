import { isVerbatim } from './request-checks.ts'
import { headerOf, type SeenRequest } from './seen-request.ts'

/** What an SDK handed to its network. */
export interface SentRequest {
  headers: Headers
  body: string | null
}

/** `fetch` for an SDK, that keeps what it is given. */
export function recordingFetch(): { fetch: typeof fetch; sent: SentRequest[] } {
  const sent: SentRequest[] = []
  return {
    sent,
    fetch(input, init) {
      const body = init?.body
      sent.push({ headers: new Headers(init?.headers), body: typeof body === 'string' ? body : null })
      return fetch(input, init)
    },
  }
}

/** Headers that are between a client and its next hop. */
const ownOfAHop = /^(?:authorization|x-api-key|accept-encoding|connection|content-length|host)$/

/** Whatever arrived otherwise than it was sent, each in a sentence. */
export function changesOf(sent: SentRequest, received: SeenRequest): string[] {
  const text = received.body.toString()
  const changed = [...sent.headers].filter(
    ([name, value]) => !ownOfAHop.test(name) && headerOf(received, name) !== value,
  )
  return [
    ...(isVerbatim(sent.body ?? '', text) ? [] : [`sent ${sent.body}, received ${text}`]),
    ...changed.map(([name, value]) => `${name}: ${value} became ${headerOf(received, name)}`),
  ]
}
