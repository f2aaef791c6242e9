import { snapshotVersion, type Snapshot } from '../domain/cycle/snapshot.ts'
import { plainVariables, sections, types } from './snapshot-fields.ts'
import type { Fields, FieldType, TypeName } from './snapshot-fields.ts'

export type SavedSnapshot = { kind: 'snapshot'; snapshot: Snapshot } | { kind: 'refused'; problem: string }

/**
 * A snapshot as `orchestrator snapshot --json` printed it once, or one that was edited by hand: alone, or under the key `snapshot`.
 * Every field is looked at, so that what follows can rely on it.
 */
export function readSavedSnapshot(text: string): SavedSnapshot {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    return refused(`it is no JSON (${error instanceof Error ? error.message : String(error)})`)
  }
  const found = isTable(parsed) && isTable(parsed['snapshot']) ? parsed['snapshot'] : parsed
  if (!isTable(found) || found['version'] === undefined)
    return refused('it is no snapshot: there is no field "version"')
  if (found['version'] !== snapshotVersion)
    return refused(
      `it is of version ${JSON.stringify(found['version']).slice(0, 20)}, this jrctl reads version ${snapshotVersion}`,
    )
  const problem = problemOf(found)
  return problem === null ? { kind: 'snapshot', snapshot: found as unknown as Snapshot } : refused(problem)
}

function refused(problem: string): SavedSnapshot {
  return { kind: 'refused', problem }
}

type Table = Record<string, unknown>

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function problemOf(found: Table): string | null {
  return (
    problemIn(found, plainVariables, '') ??
    firstOf(Object.entries(sections), ([name, fields]) => problemAt(found[name], fields, name))
  )
}

function problemAt(value: unknown, fields: Fields, path: string): string | null {
  return isTable(value) ? problemIn(value, fields, `${path}.`) : `${path} is ${kindOf(value)}, not a table`
}

function problemIn(table: Table, fields: Fields, prefix: string): string | null {
  return firstOf(Object.entries(fields), ([name, type]) => problemWith(table[name], type, `${prefix}${name}`))
}

const wanted = { int: 'number', double: 'number', string: 'string', bool: 'boolean' } as const

function problemWith(value: unknown, type: FieldType, path: string): string | null {
  if (type === 'strings') return listProblem(value, path, (item, at) => problemWith(item, 'string', at))
  if (type.startsWith('list:')) {
    const name = type.slice('list:'.length) as TypeName
    return listProblem(value, path, (item, at) => problemAt(item, types[name], at))
  }
  if (type !== 'int' && type !== 'double' && type !== 'string' && type !== 'bool')
    return problemAt(value, types[type as TypeName], path)
  if (typeof value === 'number' && wanted[type] === 'number') return limitProblem(value, path)
  if (typeof value === wanted[type] || (value === null && nullable.has(path.replaceAll(/\[\d+\]/g, ''))))
    return null
  return `${path} is ${kindOf(value)}, not a ${wanted[type]}`
}

/** ECMA-262: a hundred million days either side of 1970. */
const timeMaxMs = 8.64e15

/** What is called …At is a time. */
function limitProblem(value: number, path: string): string | null {
  const max = path.endsWith('At') ? timeMaxMs : Number.MAX_VALUE
  return Math.abs(value) <= max ? null : `${path} is ${value}, beyond ${max}`
}

/** What may be missing; elsewhere a null would be taken for something by arithmetic. */
const nullable: ReadonlySet<string> = new Set([
  'jobs.oldestWaitingMs',
  'scores.average',
  ...['opensAt', 'closesAt'].map((name) => `scheduler.windows.${name}`),
  ...['startsAt', 'endsAt'].map((name) => `campaigns.list.${name}`),
  ...taskLists().flatMap((list) =>
    ['jrName', 'channel', 'score', 'campaignId', 'scheduledAt'].map((name) => `${list}.${name}`),
  ),
])

function taskLists(): string[] {
  return [
    ...['oldest', 'retries', 'dead'].map((name) => `jobs.${name}`),
    'deliveries.byChannel.next',
    'campaigns.list.next',
    ...['highWaiting', 'lowWaiting'].map((name) => `scores.${name}`),
    'workers.lines.last',
  ]
}

function listProblem(
  value: unknown,
  path: string,
  problemOfItem: (item: unknown, path: string) => string | null,
): string | null {
  if (!Array.isArray(value)) return `${path} is ${kindOf(value)}, not a list`
  return firstOf([...value.entries()], ([index, item]) => problemOfItem(item, `${path}[${index}]`))
}

function firstOf<Item>(items: readonly Item[], problem: (item: Item) => string | null): string | null {
  for (const item of items) {
    const found = problem(item)
    if (found !== null) return found
  }
  return null
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`
}
