import type { Database } from 'better-sqlite3'
import type { LedgerEntry, LedgerFilter } from '../../domain/ledger-event.ts'
import { entryOf } from './ledger-row.ts'
import type { LedgerRow } from './ledger-row.ts'

/** One condition of a filter. */
interface Term {
  sql: string
  values: (string | number)[]
  /**
   * How its index can drive the query: `ordered` yields rows by id, so the limit ends it; `ranged` yields them in another
   * order, so all must be sorted, which only pays for few; `none`: there is no index.
   */
  index: 'ordered' | 'ranged' | 'none'
}

/** Sorting so many rows takes about 5 ms; beyond, walking back from the end finds a page of something common sooner. */
const sortableMax = 5000

/**
 * The entries that match, oldest first: the first `limit` after `afterId`, else the last `limit`.
 *
 * SQLite without statistics picked plans of 700 ms on 300,000 entries (it collected all of a common type, to sort it). So
 * the driving index is chosen here, by looking how many it would yield, and a `+` keeps all other terms from driving.
 */
export function readLedger(db: Database, filter: LedgerFilter): LedgerEntry[] {
  const terms = termsOf(filter)
  const driver = driverOf(db, terms)
  const paging = filter.afterId !== undefined
  const conditions = terms.map((term) => (term === driver ? term.sql : `+${term.sql}`))
  const values = terms.flatMap((term) => term.values)
  const id = driver?.index === 'ranged' ? '+id' : 'id'
  if (filter.afterId !== undefined) {
    conditions.push(`${id} > ?`)
    values.push(filter.afterId)
  }
  if (filter.beforeId !== undefined) {
    conditions.push(`${id} < ?`)
    values.push(filter.beforeId)
  }
  const rows = db
    .prepare<(string | number)[], LedgerRow>(
      `SELECT * FROM ledger_entries WHERE ${conditions.join(' AND ') || 'true'}
       ORDER BY ${id} ${paging ? 'ASC' : 'DESC'} LIMIT ?`,
    )
    .all(...values, Math.max(0, filter.limit))
  return (paging ? rows : rows.toReversed()).map(entryOf)
}

/** By how much each narrows as a rule: a task has few entries, recent ones are fewer than all of a type. */
function termsOf(filter: LedgerFilter): Term[] {
  const terms: Term[] = []
  const add = (index: Term['index'], sql: string, ...values: (string | number)[]): void => {
    terms.push({ index, sql, values })
  }
  if (filter.taskId !== undefined) add('ordered', 'task_id = ?', filter.taskId)
  if (filter.since !== undefined) add('ranged', 'created_at >= ?', filter.since)
  if (filter.type !== undefined) addType(add, filter.type)
  // Spelt out, for only then does SQLite see that a partial index serves.
  if (filter.level === 'error') add('ordered', "level = 'error'")
  if (filter.level === 'warn') add('ordered', "level = 'warn'")
  if (filter.level === 'info') add('none', "level = 'info'")
  if (filter.worker !== undefined) add('none', 'worker = ?', filter.worker)
  return terms
}

function addType(add: (index: Term['index'], sql: string, ...values: string[]) => void, type: string): void {
  if (!type.endsWith('*')) return add('ordered', 'event_type = ?', type)
  // A range instead of LIKE: it needs no escaping, minds case, and the index serves it. U+10FFFF sorts after all text.
  const prefix = type.slice(0, -1)
  return add('ranged', 'event_type BETWEEN ? AND ?', prefix, `${prefix}\u{10FFFF}`)
}

function driverOf(db: Database, terms: readonly Term[]): Term | undefined {
  return terms.find((term) => term.index === 'ordered' || (term.index === 'ranged' && yieldsFew(db, term)))
}

function yieldsFew(db: Database, term: Term): boolean {
  const counted = db
    .prepare<(string | number)[], { count: number }>(
      `SELECT count(*) AS count FROM (SELECT 1 FROM ledger_entries WHERE ${term.sql} LIMIT ?)`,
    )
    .get(...term.values, sortableMax + 1)
  return (counted?.count ?? 0) <= sortableMax
}
