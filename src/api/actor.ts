import { stripVTControlCharacters } from 'node:util'
import { apiLimits } from '../contract/routes.ts'

/**
 * Who asks, as the ledger tells it. Neither socket nor token proves who somebody is, so the name says that it is a claim.
 * @param place completes "somebody …"
 */
export function actorOf(header: string | undefined, place = 'on the socket'): string {
  const claimed = clean(decoded(header ?? ''))
  return `${claimed || `somebody ${place}`} (self-declared)`
}

/** Percent-encoded on the way, since headers are Latin-1. */
function decoded(header: string): string {
  try {
    return decodeURIComponent(header)
  } catch {
    return header
  }
}

function clean(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\p{C}+/gu, ' ')
    .trim()
    .slice(0, apiLimits.actorCharacters)
}
