import type { Database } from 'better-sqlite3'
import type { DeadLetter } from '../../domain/dead-letter.ts'
import type { BookFilter } from '../../ports/dead-letters.ts'

/** The letters that match, latest death first. Ten thousand rows at most: a walk along the times of death. */
export function listBook(db: Database, filter: BookFilter): DeadLetter[] {
  const values: (string | number)[] = []
  const conditions: string[] = []
  const add = (sql: string, ...more: (string | number)[]): void => {
    conditions.push(sql)
    values.push(...more)
  }
  const among = (column: string, allowed: readonly string[]): void =>
    add(`${column} IN (SELECT value FROM json_each(?))`, JSON.stringify(allowed))
  if (filter.kinds !== undefined) among('kind', filter.kinds)
  if (filter.states !== undefined) among('state', filter.states)
  if (filter.jrName !== undefined) add('jr_name = ?', filter.jrName)
  if (filter.since !== undefined) add('died_at >= ?', filter.since)
  if (filter.search !== undefined) add('instr(words, ?) > 0', filter.search.toLowerCase())
  const rows = db
    .prepare<(string | number)[], { document: string }>(
      `SELECT document FROM dead_letters WHERE ${conditions.join(' AND ') || 'true'}
       ORDER BY died_at DESC, number DESC LIMIT ?`,
    )
    .all(...values, Math.max(0, filter.limit))
  return rows.map(({ document }) => JSON.parse(document) as DeadLetter)
}
