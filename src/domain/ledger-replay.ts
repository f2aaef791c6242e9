import type { TaskId } from './ids.ts'
import type { LedgerEntry } from './ledger-event.ts'
import { type Json, type TaskStatus, taskStatuses } from './task.ts'

/** A task as its ledger entries tell it. */
export interface ReplayedTask {
  taskId: TaskId
  /** The newest change that the ledger has. */
  version: number
  /** False: its row was deleted. */
  exists: boolean
  /** Null when it was deleted. */
  status: TaskStatus | null
  /**
   * The columns whose values are certain: written after the last missing version. The database names values that are too
   * large for an event by their size alone, `{"bytes": 12345}`; so does this.
   */
  columns: { [column: string]: Json }
  /** Every change since its row was inserted is there: a column that is not named is NULL. */
  complete: boolean
  /** The versions that the ledger lacks, oldest first: pruned, or not yet copied. */
  missing: VersionRun[]
}

export interface VersionRun {
  first: number
  last: number
}

/** Folds ledger entries, in whatever order and however often they come, into the states of tasks. */
export interface LedgerReplay {
  /**
   * Entries that tell of no change of a task's row are passed over. With one that says that the queue is another
   * (`daemon.queue_changed`) all begins anew: from then on only entries of that queue count. So the newest such goes first.
   */
  add(entry: LedgerEntry): void
  /** By id. */
  tasks(): ReplayedTask[]
}

/** One task's state, from all of its entries or of a ledger's. */
export function replayLedger(entries: Iterable<LedgerEntry>): ReplayedTask[] {
  const replay = createReplay()
  const all = [...entries]
  for (const entry of all) if (entry.eventType === 'daemon.queue_changed') replay.add(entry)
  for (const entry of all) replay.add(entry)
  return replay.tasks()
}

/**
 * Each column keeps the value of the highest version that wrote it (a last-writer-wins register), so that the order of
 * entries does not matter: a transaction that committed late brings its event late. What is held grows with the tasks, not
 * with their history.
 */
export function createReplay(): LedgerReplay {
  const accounts = new Map<TaskId, Account>()
  // Until the queue changes, all entries are of one and the same.
  let current: { queue: Json | undefined; since: number } | null = null
  return {
    add(entry) {
      if (entry.eventType === 'daemon.queue_changed' && entry.id > (current?.since ?? 0)) {
        current = { queue: entry.data?.['queue'], since: entry.id }
        accounts.clear()
      }
      if (current !== null && entry.data?.['queue'] !== current.queue) return
      const change = changeOf(entry)
      if (change === null) return
      const account = accounts.get(change.taskId) ?? newAccount()
      accounts.set(change.taskId, account)
      record(account, change)
    },
    tasks: () =>
      [...accounts]
        .map(([taskId, account]) => settle(taskId, account))
        .sort((one, other) => one.taskId - other.taskId),
  }
}

/** What one entry says of a task's row. */
interface Change {
  taskId: TaskId
  version: number
  kind: 'inserted' | 'updated' | 'deleted'
  status: TaskStatus | null
  columns: { [column: string]: Json }
}

interface Account {
  /** The versions seen, as runs, ascending. */
  seen: VersionRun[]
  columns: Map<string, { value: Json; version: number }>
  status: { value: TaskStatus | null; version: number }
  /** The newest insertion and deletion; 0: none was seen. */
  insertedAt: number
  deletedAt: number
}

function newAccount(): Account {
  return {
    seen: [],
    columns: new Map(),
    status: { value: null, version: 0 },
    insertedAt: 0,
    deletedAt: 0,
  }
}

const kinds = {
  'task.inserted': 'inserted',
  'task.updated': 'updated',
  'task.status_changed': 'updated',
  'task.deleted': 'deleted',
} as const

function changeOf({ eventType, taskId, data }: LedgerEntry): Change | null {
  const version = data?.['version']
  if (!(eventType in kinds) || taskId === undefined || typeof version !== 'number') return null
  const changes = data?.['changes']
  return {
    taskId,
    version,
    kind: kinds[eventType as keyof typeof kinds],
    status: taskStatuses.find((status) => status === data?.['to']) ?? null,
    columns: isObject(changes) ? changes : {},
  }
}

function record(account: Account, change: Change): void {
  const { version, kind } = change
  account.seen = withVersion(account.seen, version)
  if (kind === 'inserted') account.insertedAt = Math.max(account.insertedAt, version)
  if (kind === 'deleted') account.deletedAt = Math.max(account.deletedAt, version)
  if (version > account.status.version) account.status = { value: change.status, version }
  for (const [column, value] of Object.entries(change.columns)) {
    if (version > (account.columns.get(column)?.version ?? 0)) account.columns.set(column, { value, version })
  }
}

function settle(taskId: TaskId, account: Account): ReplayedTask {
  const { seen, insertedAt, deletedAt } = account
  const newest = seen.at(-1)?.last ?? 0
  const exists = deletedAt < newest
  const missing = holesOf(seen)
  const lastMissing = missing.at(-1)?.last ?? 0
  // What an earlier life of the row, or a time before a gap, left there is not certain to be there still.
  const certainFrom = Math.max(insertedAt, deletedAt + 1, lastMissing + 1)
  const known = [...account.columns].filter(([, { version }]) => exists && version >= certainFrom)
  return {
    taskId,
    version: newest,
    exists,
    status: exists ? account.status.value : null,
    columns: Object.fromEntries(known.map(([column, { value }]) => [column, value])),
    complete: !exists || insertedAt > Math.max(lastMissing, deletedAt),
    missing,
  }
}

/** The runs with `version` among them. New versions nearly always follow the last, so the look begins at the end. */
function withVersion(runs: VersionRun[], version: number): VersionRun[] {
  const last = runs.at(-1)
  if (last !== undefined && version === last.last + 1) {
    last.last = version
    return runs
  }
  if (last !== undefined && version >= last.first && version <= last.last) return runs
  if (last === undefined || version > last.last) return [...runs, { first: version, last: version }]
  return merged([...runs, { first: version, last: version }])
}

function merged(runs: readonly VersionRun[]): VersionRun[] {
  const result: VersionRun[] = []
  for (const run of runs.toSorted((one, other) => one.first - other.first)) {
    const last = result.at(-1)
    if (last === undefined || run.first > last.last + 1) result.push({ ...run })
    else last.last = Math.max(last.last, run.last)
  }
  return result
}

function holesOf(seen: readonly VersionRun[]): VersionRun[] {
  return seen.flatMap(({ first }, index) => {
    const before = seen[index - 1]?.last ?? 0
    return first > before + 1 ? [{ first: before + 1, last: first - 1 }] : []
  })
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
