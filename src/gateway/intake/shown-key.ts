import type { IncomingHttpHeaders } from 'node:http'

/** More is no key of ours: those have at most 86 characters. */
const keyCharactersMax = 200

/**
 * The key that a client shows: OpenAI's SDKs by `Authorization: Bearer KEY`, Anthropic's by `x-api-key: KEY` (or the former).
 * Null: none, or what SDKs send where they were given none.
 */
export function shownKey(headers: IncomingHttpHeaders): string | null {
  const apiKey = headers['x-api-key']
  const key = typeof apiKey === 'string' ? apiKey : bearerOf(headers.authorization)
  return key === null || key === '' ? null : key.slice(0, keyCharactersMax)
}

function bearerOf(authorization: string | undefined): string | null {
  if (authorization === undefined) return null
  const scheme = authorization.slice(0, 7)
  return scheme === 'Bearer ' || scheme.toLowerCase() === 'bearer ' ? authorization.slice(7).trim() : null
}
