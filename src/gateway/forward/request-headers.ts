import { isHopByHop } from './hop-by-hop.ts'

/**
 * Beside the hop-by-hop ones, what a client says to us and not to the upstream: its key, our name, a length that may
 * change, and the codings that it would read (the answer must be legible to the meter).
 */
const ours: ReadonlySet<string> = new Set([
  'host',
  'authorization',
  'x-api-key',
  'content-length',
  'accept-encoding',
  'expect',
  // For a gateway on loopback it can only have strayed here from another server of this machine.
  'cookie',
])

/**
 * What of a client's headers goes to the upstream, in their order and spelling.
 * @param raw name, value, name, value … (`IncomingMessage.rawHeaders`)
 */
export function requestHeaders(raw: readonly string[]): string[] {
  const connection = connectionOf(raw)
  const kept: string[] = []
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? ''
    if (goesOn(name.toLowerCase(), connection)) kept.push(name, raw[i + 1] ?? '')
  }
  return kept
}

function goesOn(name: string, connection: string): boolean {
  return !ours.has(name) && !isHopByHop(name, connection) && !name.startsWith('x-jrctl-')
}

const connectionLength = 'connection'.length

/** `keep-alive` and `close` are nearly all that is ever said there, and nominate nothing. */
function connectionOf(raw: readonly string[]): string {
  let all = ''
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (raw[i]?.length === connectionLength && raw[i]?.toLowerCase() === 'connection')
      all += `${raw[i + 1] ?? ''},`
  }
  return /^(?:keep-alive|close),$/i.test(all) ? '' : all
}
