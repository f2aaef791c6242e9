import type { WorkerView } from '../../../src/domain/worker.ts'
import { arranged } from '../../arrange.ts'
import type { AppState } from '../../state.ts'
import type { LogRow, LogState } from './log.ts'
import { daemonLog, type LogName, logKey, logLabel } from './log-name.ts'

/** A log that can be chosen; `worker` is null for the daemon's. */
export interface Choice {
  name: LogName
  worker: WorkerView | null
}

/** The daemon's own first, then the workers'. */
export function shownChoices({ status, arrangements }: AppState): readonly Choice[] {
  const workers = status.view.workers.map((worker): Choice => ({
    name: { jr: worker.name, instance: worker.slot },
    worker,
  }))
  return arranged([{ name: daemonLog, worker: null }, ...workers], arrangements.logs, {
    textOf: ({ name, worker }) => `${logLabel(name)} ${worker?.state ?? ''}`,
    orders: [],
  })
}

/** The rows that the filter leaves. */
export function shownRows(log: LogState, { arrangements }: AppState): readonly LogRow[] {
  const { filter } = arrangements.logs
  return filter === '' ? log.rows : filteredRows(log.rows, filter)
}

/** What is to be read now; null: nothing. */
export function followedLog({ screen, log }: AppState): LogName | null {
  return screen === 'logs' && log !== null ? log.name : null
}

export function logIds(state: AppState): readonly string[] {
  const { log } = state
  return log === null ? shownChoices(state).map(({ name }) => logKey(name)) : idsOf(shownRows(log, state))
}

export function selectedChoice(state: AppState): Choice | undefined {
  return shownChoices(state).find(({ name }) => logKey(name) === state.lists.logs.id)
}

export function logRow({ log }: AppState, id: string): LogRow | undefined {
  return log?.rows.find((row) => row.id === id)
}

/** How many of the shown rows came since the cursor left the end. */
export function unseen(log: LogState, state: AppState): number {
  if (log.stays) return 0
  return shownRows(log, state).filter(({ id }) => Number(id) > log.seen).length
}

// Five thousand rows are asked for several times a frame, and are the same until some come.
const ids = new WeakMap<readonly LogRow[], readonly string[]>()
const filtered = new WeakMap<readonly LogRow[], { filter: string; rows: readonly LogRow[] }>()

function idsOf(rows: readonly LogRow[]): readonly string[] {
  const known = ids.get(rows)
  if (known !== undefined) return known
  const made = rows.map(({ id }) => id)
  ids.set(rows, made)
  return made
}

function filteredRows(all: readonly LogRow[], filter: string): readonly LogRow[] {
  const known = filtered.get(all)
  if (known?.filter === filter) return known.rows
  const rows = arranged(all, { filter, order: 0, limit: 0 }, { textOf: ({ text }) => text, orders: [] })
  filtered.set(all, { filter, rows })
  return rows
}
