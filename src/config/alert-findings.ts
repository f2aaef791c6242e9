import { keyOf, valueAt } from './keys.ts'
import type { Finding } from './problems.ts'
import { quote } from './quote.ts'

const kinds = ['webhook', 'command', 'log'] as const
type Kind = (typeof kinds)[number]

/** Keys that only one kind of channel obeys. */
const ownKeys: Record<string, Kind> = {
  url: 'webhook',
  url_env: 'webhook',
  url_file: 'webhook',
  headers_env: 'webhook',
  command: 'command',
  env_pass: 'command',
}
const addresses = ['url', 'url_env', 'url_file']

/** What no key of `[[alerts]]` shows on its own. Works on unchecked values. */
export function alertFindings(raw: unknown): Finding[] {
  const tables = valueAt(raw, ['alerts'])
  if (!Array.isArray(tables)) return []
  const known = tables.slice(0, looksMax)
  return [...twiceNamed(known, raw), ...known.flatMap((table, index) => wayFindings(raw, table, index))]
}

/** More than these are refused as such. */
const looksMax = 1000

function twiceNamed(tables: readonly unknown[], raw: unknown): Finding[] {
  const names = tables.map((table) => valueAt(table, ['name']))
  return names.flatMap((name, index) => {
    if (typeof name !== 'string' || names.indexOf(name) === index) return []
    const message = `found ${quote(name.slice(0, 80))} a second time, allowed each name once`
    return finding(raw, index, 'name', message)
  })
}

function wayFindings(raw: unknown, table: unknown, index: number): Finding[] {
  const written = valueAt(table, ['kind']) ?? 'webhook'
  const kind = kinds.find((known) => known === written)
  if (kind === undefined) return []
  const has = (key: string): boolean => valueAt(table, [key]) !== undefined
  const astray = Object.entries(ownKeys)
    .filter(([key, owner]) => owner !== kind && has(key))
    .map(([key]) => finding(raw, index, key, `has no place with kind = "${kind}"`))
  return [...astray, ...lacking(kind, has).map(([key, message]) => finding(raw, index, key, message))]
}

function lacking(kind: Kind, has: (key: string) => boolean): [key: string, message: string][] {
  if (kind === 'command')
    return has('command')
      ? []
      : [['command', 'found nothing, allowed a program, such as ["/usr/local/bin/page"]']]
  if (kind === 'log') return []
  const found = addresses.filter(has)
  if (found.length === 0)
    return [['url_env', 'found nothing, allowed its address: one of url, url_env, url_file']]
  return found.slice(1).map((key) => [key, `found beside ${found[0]}, allowed one of url, url_env, url_file`])
}

function finding(raw: unknown, index: number, name: string, message: string): Finding {
  const path = ['alerts', index, name]
  return { path, at: 'value', key: keyOf(path, raw), message, suggestion: null }
}
