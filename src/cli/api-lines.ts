import type { ApiView } from '../contract/views.ts'
import { safe } from '../text/fit.ts'
import type { Output } from './output.ts'

/** How the daemon is asked over TCP, on one line; nothing where it is not meant to be, or from a daemon that does not tell. */
export function apiLines(api: ApiView | undefined, heading: string, output: Output): string[] {
  if (api === undefined) return []
  const { url, tokenFile, absence } = api
  // What should be mended stands under what is degraded.
  if (url === null) return absence === null ? [] : [heading + output.style('dim', safe(absence))]
  const token = tokenFile === null ? 'the token came by JRCTL_API_TOKEN' : `token in ${safe(tokenFile)}`
  return [`${heading}${safe(url)} · ${output.style('dim', token)}`]
}
