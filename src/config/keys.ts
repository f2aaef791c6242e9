import { noteOf } from './fields.ts'
import { quote } from './quote.ts'
import type { Field, FieldNote } from './fields.ts'
import { upstreamFields } from './gateway.ts'
import { limitFields } from './limits.ts'
import { readyKeys } from './ready.ts'
import { listedTables, sections, topLevel, workerFields } from './schema.ts'

/** Where a value stands in the file: names of tables and keys, and numbers from 0 in lists. */
export type Path = readonly (string | number)[]

/** A key that stands once in the file, and so can come from the environment as well. */
export interface SingleKey {
  /** Dotted: `queue.poll_interval`. */
  key: string
  path: readonly string[]
  /** `JRCTL_QUEUE_POLL_INTERVAL`. */
  variable: string
  field: Field
  note: FieldNote
  /** The variable's text as the key is written; absent: as it is. */
  worded?: (text: string) => string
}

/** Every key but those of `[[workers]]`, in the order of the schema. */
export const singleKeys: readonly SingleKey[] = [
  ...Object.entries(topLevel).map(([name, field]) => singleKey([name], field)),
  ...Object.entries(sections).flatMap(([section, fields]) =>
    Object.entries(fields as Record<string, Field>).map(([name, field]) => singleKey([section, name], field)),
  ),
]

function singleKey(path: readonly string[], field: Field): SingleKey {
  const note = noteOf(field)
  if (note === undefined) throw new TypeError(`the key ${path.join('.')} has no note`)
  return { key: path.join('.'), path, variable: `JRCTL_${path.join('_').toUpperCase()}`, field, note }
}

/** The tables of keys within a `[[workers]]` table. */
export const workerTables = { limits: limitFields }

/** The field at a path, or that of the list or table that the path leads into; undefined for a table of keys. */
export function fieldAt(path: Path): Field | undefined {
  const [first, second, third, fourth] = path
  if (typeof first !== 'string') return undefined
  if (first === 'workers') {
    const inTable =
      typeof fourth === 'string' ? own<Record<string, Field>>(workerTables, String(third)) : undefined
    if (inTable !== undefined) return own<Field>(inTable, String(fourth))
    return typeof third === 'string' ? own<Field>(workerFields, third) : undefined
  }
  if (isOfUpstreams(path)) return typeof fourth === 'string' ? own<Field>(upstreamFields, fourth) : undefined
  const listed = listedAt(first)
  if (listed !== undefined) return typeof third === 'string' ? own<Field>(listed.fields, third) : undefined
  const section = own<Record<string, Field>>(sections, first)
  if (section === undefined) return own<Field>(topLevel, first)
  return typeof second === 'string' ? own<Field>(section, second) : undefined
}

/** The keys that may stand in the table at a path; undefined when there is no such table. */
export function keysAllowedAt(path: Path): string[] | undefined {
  const [first] = path
  if (first === undefined)
    return [...Object.keys(topLevel), ...Object.keys(sections), ...Object.keys(listedTables)]
  if (first === 'workers') {
    if (path.length === 3 && path[2] === 'ready') return readyKeys
    const inTable = path.length === 3 ? own<Record<string, Field>>(workerTables, String(path[2])) : undefined
    if (inTable !== undefined) return Object.keys(inTable)
    return path.length === 2 ? Object.keys(workerFields) : undefined
  }
  if (isOfUpstreams(path)) return path.length <= 3 ? Object.keys(upstreamFields) : undefined
  const listed = listedAt(String(first))
  if (listed !== undefined) return path.length <= 2 ? Object.keys(listed.fields) : undefined
  const section = path.length === 1 ? own<Record<string, Field>>(sections, String(first)) : undefined
  if (first === 'gateway' && section !== undefined) return [...Object.keys(section), 'upstreams']
  return section && Object.keys(section)
}

/** What is known of a list of tables at the top of the file; undefined: there is no such list. */
export function listedAt(
  name: string,
): { fields: Record<string, Field>; max: number; named: string } | undefined {
  return own<{ fields: Record<string, Field>; max: number; named: string }>(listedTables, name)
}

/** Of `[[gateway.upstreams]]`: the list, one of its tables, or a key in it. */
function isOfUpstreams([first, second]: Path): boolean {
  return first === 'gateway' && second === 'upstreams'
}

function own<Value>(table: Record<string, Value>, name: string): Value | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}

/** A path in words: `queue.lease`, `workers."Research Jr.".command` (by name where the table has one). */
export function keyOf(path: Path, raw: unknown): string {
  const at = path.findIndex((part) => typeof part === 'number')
  const list = path.slice(0, at)
  const named = listedAt(list.join('.'))?.named ?? nameOfOthers[list.join('.')]
  if (at < 1 || named === undefined) return path.map(segment).join('.')
  const name = valueAt(raw, [...path.slice(0, at + 1), named])
  const table =
    typeof name === 'string' && name.length <= 100
      ? `${list.join('.')}.${quote(name)}`
      : `${list.join('.')}[${path[at]}]`
  return [table, ...path.slice(at + 1).map(segment)].join('.')
}

/** Lists within another table. */
const nameOfOthers: Readonly<Record<string, string>> = { 'gateway.upstreams': 'name' }

function segment(part: string | number): string {
  return typeof part === 'number' || /^[\w-]{1,100}$/.test(part) ? String(part) : quote(part.slice(0, 100))
}

/** What stands at a path of a parsed file; undefined when nothing does. */
export function valueAt(raw: unknown, path: Path): unknown {
  let value = raw
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = (value as Record<string | number, unknown>)[part]
  }
  return value
}
