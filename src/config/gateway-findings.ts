import { hostOf } from './gateway.ts'
import { keyOf, valueAt } from './keys.ts'
import type { Path } from './keys.ts'
import type { Finding } from './problems.ts'
import { quote } from './quote.ts'

/** What no key of the gateway shows on its own. Works on unchecked values. */
export function gatewayFindings(raw: unknown): Finding[] {
  return [...listenFindings(raw), ...duplicateNames(raw), ...upstreamFindings(raw)]
}

const loopback = /^(?:127(?:\.\d{1,3}){3}|localhost|::1)$/

/** Attempt keys go in the clear, and whoever reaches the port may try them. */
function listenFindings(raw: unknown): Finding[] {
  const path = ['gateway', 'listen']
  const listen = valueAt(raw, path)
  if (typeof listen !== 'string' || !listen.includes(':') || loopback.test(hostOf(listen))) return []
  return [
    finding(
      raw,
      path,
      `found ${quote(listen.slice(0, 80))}, allowed a loopback address such as "127.0.0.1:8787": ` +
        'keys travel unencrypted, so nobody but this machine may reach it',
    ),
  ]
}

function duplicateNames(raw: unknown): Finding[] {
  const seen = new Set<unknown>()
  return tablesOf(raw).flatMap((table, index) => {
    const name = valueAt(table, ['name'])
    const isKnown = typeof name === 'string' && seen.has(name)
    seen.add(name)
    if (!isKnown) return []
    const path = ['gateway', 'upstreams', index, 'name']
    return [finding(raw, path, `found ${quote(name)} a second time, allowed each name once`)]
  })
}

function upstreamFindings(raw: unknown): Finding[] {
  return tablesOf(raw).flatMap((table, index) => {
    const at = (key: string): Path => ['gateway', 'upstreams', index, key]
    const has = (key: string): boolean => valueAt(table, [key]) !== undefined
    if (valueAt(table, ['kind']) === 'simulated') {
      return ['url', 'key_env', 'key_file']
        .filter(has)
        .map((key) => finding(raw, at(key), 'has no place with kind = "simulated", which asks nobody'))
    }
    const found: Finding[] = []
    if (!has('url'))
      found.push(
        finding(raw, at('url'), 'found nothing, allowed its address, such as "https://api.openai.com"'),
      )
    if (has('key_env') && has('key_file'))
      found.push(finding(raw, at('key_file'), 'found beside key_env, allowed one of the two'))
    return found
  })
}

/** More than these are refused as such. */
const looksMax = 1000

function tablesOf(raw: unknown): unknown[] {
  const tables = valueAt(raw, ['gateway', 'upstreams'])
  return Array.isArray(tables) ? tables.slice(0, looksMax) : []
}

function finding(raw: unknown, path: Path, message: string): Finding {
  return { path, at: 'value', key: keyOf(path, raw), message, suggestion: null }
}
