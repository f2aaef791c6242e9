import type * as z from 'zod'
import type { FieldNote } from './fields.ts'
import { noteOf } from './fields.ts'
import { fieldAt, keyOf, keysAllowedAt, listedAt, singleKeys, valueAt, workerTables } from './keys.ts'
import type { Path } from './keys.ts'
import { quote } from './quote.ts'
import { nearest, suggestValue } from './suggest.ts'
import { mask, maskUrls } from './masking.ts'

/** A problem before its line is known. */
export interface Finding {
  path: Path
  /** What the position of the problem is: the key (unknown ones) or the value. */
  at: 'key' | 'value'
  key: string
  message: string
  suggestion: string | null
}

/** zod's issues in our words, one finding a path. */
export function findingsOf(issues: readonly z.core.$ZodIssue[], raw: unknown): Finding[] {
  const byPath = new Map<string, Finding>()
  for (const finding of issues.flatMap((issue) => toFindings(issue, raw))) {
    const id = JSON.stringify(finding.path)
    if (!byPath.has(id)) byPath.set(id, finding)
  }
  return [...byPath.values()]
}

function toFindings(issue: z.core.$ZodIssue, raw: unknown): Finding[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))
  if (issue.code === 'unrecognized_keys') return issue.keys.map((name) => unknownKey(path, name, raw))
  return [refusedValue(path, raw)]
}

function unknownKey(table: Path, name: string, raw: unknown): Finding {
  const path = [...table, name]
  const allowed = keysAllowedAt(table) ?? []
  const suggestion = nearest(name, allowed) ?? elsewhere(name)
  return {
    path,
    at: 'key',
    key: keyOf(path, raw),
    message: `found an unknown key, allowed ${allowed.join(', ')}`,
    suggestion: suggestion === null ? null : `"${suggestion}"`,
  }
}

/** The key of another table by this very name. */
function elsewhere(name: string): string | null {
  return singleKeys.find((single) => single.path.length === 2 && single.path.at(-1) === name)?.key ?? null
}

function refusedValue(path: Path, raw: unknown): Finding {
  const field = fieldAt(path)
  const note = field && noteOf(field)
  const found = valueAt(raw, path)
  return {
    path,
    at: 'value',
    key: keyOf(path, raw),
    message: `found ${describe(found, note)}, allowed ${allowedAt(path, note)}`,
    suggestion: note === undefined || path.length > fieldDepth(path) ? null : suggestValue(found, note),
  }
}

function fieldDepth(path: Path): number {
  if (path[0] === 'gateway' && path[1] === 'upstreams') return 4
  if (path[0] !== 'workers') return listedAt(String(path[0])) === undefined ? 2 : 3
  return Object.hasOwn(workerTables, String(path[2])) ? 4 : 3
}

/** In words what may stand at a path, tables included. */
function allowedAt(path: Path, note: FieldNote | undefined): string {
  if (note !== undefined) return note.allowed
  if (path.length === 2 && path.join('.') === 'gateway.upstreams')
    return 'at most 100 tables, each under its own [[gateway.upstreams]]'
  const listed = path.length === 1 ? listedAt(String(path[0])) : undefined
  if (listed !== undefined) return `at most ${listed.max} tables, each under its own [[${path[0]}]]`
  return `a table with the keys ${(keysAllowedAt(path) ?? []).join(', ')}`
}

const textShownMax = 80
const kinds: Record<string, string> = {
  string: 'text',
  number: 'number',
  bigint: 'number',
  boolean: 'truth value',
}

/** A found value in words: short, on one line, without secrets. */
export function describe(value: unknown, note?: FieldNote): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (value instanceof Date) return 'a date'
  if (typeof value === 'object' && value !== null) return 'a table'
  if (note?.secret === true && value !== '') return `a ${kinds[typeof value] ?? 'value'} (${mask})`
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return `${value}`
  if (typeof value !== 'string') return 'something else'
  if (value === '') return 'an empty text'
  return quote(shorten(maskUrls(value)))
}

function shorten(text: string): string {
  return text.length <= textShownMax ? text : `${text.slice(0, textShownMax)}…`
}
