import { sanitize } from '../../domain/sanitize.ts'
import type { UpstreamFailure } from '../../ports/upstream.ts'
import type { AnswerHead } from './answer-head.ts'

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/**
 * An answer that sends the client elsewhere is not handed on: SDKs would follow it, around the gateway, unmetered, and with the
 * attempt's key (`fetch` takes only `Authorization` off on the way to another host, not `x-api-key`). Null: it is none.
 */
export function redirectOf(answer: AnswerHead, upstream: string): UpstreamFailure | null {
  if (!redirects.has(answer.status)) return null
  const to = placeOf(locationIn(answer.headers))
  return {
    kind: 'broken',
    message: `upstream ${upstream} answers with a redirect (${answer.status}) to ${to}; put the address that serves it into its \`url\``,
    sent: true,
  }
}

function locationIn(headers: readonly string[]): string {
  const at = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'location')
  return at === -1 ? '' : (headers[at + 1] ?? '')
}

/** For a message; longer places make it no clearer. */
const shownMax = 200

/** Without the query, which may hold secrets. */
function placeOf(location: string): string {
  const place = sanitize(location.split(/[?#]/, 1)[0] ?? '').slice(0, shownMax)
  return place === '' ? 'nowhere' : place
}
