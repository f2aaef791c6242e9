/**
 * Headers that belong to one connection and not to the message (RFC 9110 §7.6.1, and `keep-alive`, `proxy-connection`
 * of older agents): no intermediary hands them on.
 */
const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-authentication-info',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** @param name in lower case @param connection the message's own Connection header; '' when it has none */
export function isHopByHop(name: string, connection: string): boolean {
  return hopByHop.has(name) || (connection !== '' && isNominated(name, connection))
}

/** `Connection: x-foo, close` makes `x-foo` one of them for this message. */
function isNominated(name: string, connection: string): boolean {
  return connection
    .toLowerCase()
    .split(',')
    .some((token) => token.trim() === name)
}
