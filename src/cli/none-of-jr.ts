import type { ApiClient } from '../client/client.ts'
import { namesHint } from '../domain/nearest-name.ts'
import { safe } from '../text/fit.ts'
import { knownJrs } from '../text/known-jrs.ts'

/** What is said of an empty list: a Jr that was mistyped has nothing, as one does that has nothing now. */
export async function noneOfJr(
  client: Pick<ApiClient, 'call'>,
  none: string,
  jr: string | undefined,
): Promise<string> {
  if (jr === undefined) return none
  const known = knownJrs(await client.call('status', {}))
  if (known.includes(jr)) return none
  const hint = namesHint(jr, known)
  return `${none} No Jr "${safe(jr)}" is known here.${hint === null ? '' : ` ${safe(hint)}`}`
}
