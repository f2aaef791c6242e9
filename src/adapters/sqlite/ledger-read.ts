import type { Database } from 'better-sqlite3'
import type { LedgerEntry, LedgerFilter } from '../../domain/ledger-event.ts'
import { entryOf } from './ledger-row.ts'
import type { LedgerRow } from './ledger-row.ts'

/** The entries that match, oldest first: the first `limit` after `afterId`, else the last `limit`. */
export function readLedger(db: Database, filter: LedgerFilter): LedgerEntry[] {
  const { conditions, values } = where(filter)
  const paging = filter.afterId !== undefined
  const rows = db
    .prepare<(string | number)[], LedgerRow>(
      `SELECT * FROM ledger_entries WHERE ${conditions.join(' AND ')}
       ORDER BY id ${paging ? 'ASC' : 'DESC'} LIMIT ?`,
    )
    .all(...values, Math.max(0, filter.limit))
  return (paging ? rows : rows.toReversed()).map(entryOf)
}

function where(filter: LedgerFilter): { conditions: string[]; values: (string | number)[] } {
  const conditions = ['true']
  const values: (string | number)[] = []
  const add = (condition: string, ...given: (string | number)[]): void => {
    conditions.push(condition)
    values.push(...given)
  }
  if (filter.type?.endsWith('*')) add(...prefixed(filter.type.slice(0, -1)))
  else if (filter.type !== undefined) add('event_type = ?', filter.type)
  if (filter.taskId !== undefined) add('task_id = ?', filter.taskId)
  if (filter.worker !== undefined) add('worker = ?', filter.worker)
  if (filter.level !== undefined) add('level = ?', filter.level)
  if (filter.since !== undefined) add('created_at >= ?', filter.since)
  if (filter.afterId !== undefined) add('id > ?', filter.afterId)
  return { conditions, values }
}

/** A range instead of LIKE: it needs no escaping, minds case, and an index can serve it. U+10FFFF sorts after all text. */
function prefixed(prefix: string): [string, string, string] {
  return ['event_type >= ? AND event_type < ?', prefix, `${prefix}\u{10FFFF}`]
}
