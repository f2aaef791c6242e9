import { canonicalJson } from './canonical-json.ts'
import type { TaskId } from './ids.ts'
import type { ReplayedTask } from './ledger-replay.ts'
import type { Json } from './task.ts'

/** A task's row as its events would show it: the trigger's columns, large values by their size. */
export interface TaskRowState {
  taskId: TaskId
  /** 0: it has not changed since jrctl came. */
  version: number
  columns: { [column: string]: Json }
}

/** How a task's ledger and its row disagree. */
export interface Disagreement {
  taskId: TaskId
  /** The column, or the whole row. */
  column: string | null
  /** What the ledger says; undefined: nothing. */
  ledger: Json | undefined
  row: Json | undefined
}

export interface TaskCheck {
  /**
   * - `agrees`: what the ledger is certain of is what the row says.
   * - `behind`: the row has changed since; its events are still to be copied.
   * - `differs`: the same version, and not the same; or a row that no event tells of, or one that is gone without one.
   */
  verdict: 'agrees' | 'behind' | 'differs'
  disagreements: Disagreement[]
}

/**
 * Compares what the ledger says of a task with its row, which was read later. Columns of which the ledger is not certain
 * (an incomplete history) are not compared.
 */
export function checkTask(replayed: ReplayedTask | undefined, row: TaskRowState | undefined): TaskCheck {
  if (row === undefined) {
    if (replayed === undefined || !replayed.exists) return agrees
    return differs(replayed.taskId, null, `version ${replayed.version}`, undefined)
  }
  if ((replayed?.version ?? 0) < row.version) return { verdict: 'behind', disagreements: [] }
  if (replayed === undefined) return agrees
  if (!replayed.exists || replayed.version > row.version)
    return differs(row.taskId, null, whatLedgerSays(replayed), `version ${row.version}`)
  const disagreements = compared(replayed, row).flatMap((column) => {
    const [ledger, found] = [replayed.columns[column], row.columns[column]]
    return sameValue(ledger ?? null, found ?? null)
      ? []
      : [{ taskId: row.taskId, column, ledger: ledger ?? null, row: found ?? null }]
  })
  return { verdict: disagreements.length === 0 ? 'agrees' : 'differs', disagreements }
}

const agrees: TaskCheck = { verdict: 'agrees', disagreements: [] }

function differs(taskId: TaskId, column: null, ledger: Json, row: Json | undefined): TaskCheck {
  return { verdict: 'differs', disagreements: [{ taskId, column, ledger, row }] }
}

function whatLedgerSays({ exists, version }: ReplayedTask): string {
  return exists ? `version ${version}` : `deleted at version ${version}`
}

/** Of an incomplete history the columns it knows; of a complete one all, since those it does not name are NULL. */
function compared(replayed: ReplayedTask, row: TaskRowState): string[] {
  const known = Object.keys(replayed.columns)
  return replayed.complete ? [...new Set([...known, ...Object.keys(row.columns)])].sort() : known.sort()
}

/** Times with a zone are written in the zone of whoever's session wrote them; the same instant is the same value. */
function sameValue(one: Json, other: Json): boolean {
  if (typeof one === 'string' && typeof other === 'string' && one !== other) {
    const instants = [instantOf(one), instantOf(other)]
    return instants[0] !== null && instants[0] === instants[1]
  }
  return canonicalJson(one) === canonicalJson(other)
}

const zonedTime = /^(\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?([+-]\d\d(?::\d\d)?)$/

/** The instant of a `timestamptz` in JSON, to the microsecond; null: it is none. */
function instantOf(text: string): string | null {
  const [, seconds, fraction = '', zone = ''] = zonedTime.exec(text) ?? []
  if (seconds === undefined) return null
  const atMs = Date.parse(`${seconds}${zone.length === 3 ? `${zone}:00` : zone}`)
  return Number.isNaN(atMs) ? null : `${atMs}.${fraction.padEnd(6, '0')}`
}
