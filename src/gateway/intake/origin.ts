import type { IncomingMessage } from 'node:http'

const loopback = /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])(?::\d{1,5})?$/i

/**
 * Whether a request was addressed to this machine by a name that means nothing else, with whatever port (it may come through
 * a tunnel). A web page whose name was made to lead to 127.0.0.1 (DNS rebinding) sends its own name.
 */
export function isAddressedHere({ headers: { host } }: IncomingMessage): boolean {
  return host !== undefined && loopback.test(host)
}

/** Browsers say on whose behalf they ask. A page may not use, without a key, what it could not reach itself. */
export function comesFromPage({ headers }: IncomingMessage): boolean {
  return headers.origin !== undefined || headers['sec-fetch-site'] !== undefined
}
