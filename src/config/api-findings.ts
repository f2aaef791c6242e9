import { hostOf, wordsOf } from './api.ts'
import { keyOf, valueAt } from './keys.ts'
import type { Finding } from './problems.ts'
import { quote } from './quote.ts'

const loopback = /^(?:127(?:\.\d{1,3}){3}|localhost|::1)$/
const path = ['api', 'listen']

/** Who opens the API to other machines says under which names they ask it. Works on unchecked values. */
export function apiFindings(raw: unknown): Finding[] {
  const listen = valueAt(raw, path)
  const hosts = valueAt(raw, ['api', 'allowed_hosts'])
  if (typeof listen !== 'string' || !listen.includes(':') || loopback.test(hostOf(listen))) return []
  if (typeof hosts === 'string' && wordsOf(hosts).length > 0) return []
  const message =
    `found ${quote(listen.slice(0, 80))} without api.allowed_hosts, allowed a loopback address such as "127.0.0.1:3001": ` +
    'to be reached from other machines, name in allowed_hosts what they call this one (the token then travels unencrypted; a proxy with TLS in front is better)'
  return [{ path, at: 'value', key: keyOf(path, raw), message, suggestion: null }]
}
