import { stripVTControlCharacters } from 'node:util'
import { apiLimits } from '../contract/routes.ts'

/** Who asks, as the ledger tells it. The socket proves nothing but its owner, so the name says that it is a claim. */
export function actorOf(header: string | undefined): string {
  const claimed = clean(decoded(header ?? ''))
  return `${claimed || 'somebody on the socket'} (self-declared)`
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
