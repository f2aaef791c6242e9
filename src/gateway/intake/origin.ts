import type { IncomingMessage } from 'node:http'

/**
 * Whether a request was addressed to this machine by a name that means nothing else. A web page whose name was made to lead
 * to 127.0.0.1 (DNS rebinding) sends its own name.
 */
export function isAddressedHere(host: string | undefined, names: ReadonlySet<string>): boolean {
  return host !== undefined && (names.has(host) || names.has(host.toLowerCase()))
}

/** All that clients of a server on this address write into `Host`. */
export function namesOf(host: string, port: number): ReadonlySet<string> {
  const hosts = ['127.0.0.1', 'localhost', '[::1]', host.includes(':') ? `[${host}]` : host]
  const names = hosts.map((name) => `${name}:${port}`)
  // What clients leave out.
  return new Set(port === 80 ? [...names, ...hosts] : names)
}

/** Browsers say on whose behalf they ask. A page may not use, without a key, what it could not reach itself. */
export function comesFromPage({ headers }: IncomingMessage): boolean {
  return headers.origin !== undefined || headers['sec-fetch-site'] !== undefined
}
