import type { Database } from 'better-sqlite3'
import {
  deadLetterLimits,
  type DeadLetter,
  type DeadLetterId,
  type DeadLetterState,
} from '../../domain/dead-letter.ts'
import type { DeadLetterBook } from '../../ports/dead-letters.ts'
import { listBook } from './dead-letters-list.ts'
import type { StateGuard } from './state-guard.ts'

/** A letter for which nobody noted a death is as old as can be: the first to be forgotten. */
const diedAtOf = (letter: DeadLetter): number => Math.trunc(letter.diedAt ?? 0)

/** What a search looks at, folded to one case: SQLite's own lower() knows ASCII alone. */
const wordsOf = (text: string): string => text.toLowerCase()

/** The book over an open database. */
export function sqliteDeadLetterBook(db: Database, guard: StateGuard): DeadLetterBook {
  const sql = {
    get: db.prepare<[string], { document: string }>('SELECT document FROM dead_letters WHERE id = ?'),
    // The guard of versions makes keeping idempotent, and an old event that comes late harmless.
    keep: db.prepare<Row>(
      `INSERT INTO dead_letters (id, kind, state, version, jr_name, died_at, words, document)
       VALUES (@id, @kind, @state, @version, @jrName, @diedAt, @words, @document)
       ON CONFLICT (id) DO UPDATE SET state = excluded.state, version = excluded.version, jr_name = excluded.jr_name,
         died_at = excluded.died_at, words = excluded.words, document = excluded.document
       WHERE excluded.version > version`,
    ),
    add: db.prepare<Row>(
      `INSERT INTO dead_letters (kind, state, version, jr_name, died_at, words, document)
       VALUES (@kind, @state, @version, @jrName, @diedAt, @words, @document)`,
    ),
    name: db.prepare<[string, string, number | bigint]>(
      'UPDATE dead_letters SET id = ?, document = ? WHERE number = ?',
    ),
    settle: db.prepare<[string, string, string]>(
      `UPDATE dead_letters SET state = ?, document = ? WHERE id = ? AND state = 'dead'`,
    ),
    countDead: db.prepare<[], { dead: number }>(
      `SELECT count(*) AS dead FROM dead_letters WHERE state = 'dead'`,
    ),
    forgetTasks: db.prepare<[]>(`DELETE FROM dead_letters WHERE kind = 'task'`),
    pruneOld: db.prepare<[number]>('DELETE FROM dead_letters WHERE died_at < ?'),
    pruneMany: db.prepare<[number]>(
      `DELETE FROM dead_letters WHERE number IN
         (SELECT number FROM dead_letters ORDER BY died_at DESC, number DESC LIMIT -1 OFFSET ?)`,
    ),
  }

  const get = (id: DeadLetterId): DeadLetter | undefined => {
    const row = sql.get.get(id)
    return row === undefined ? undefined : (JSON.parse(row.document) as DeadLetter)
  }
  const keepAll = db.transaction((letters: readonly DeadLetter[]) => {
    for (const letter of letters) sql.keep.run(rowOf(remembering(letter, get(letter.id))))
  })
  const addOne = db.transaction((letter: DeadLetter): DeadLetter => {
    const { lastInsertRowid } = sql.add.run(rowOf(letter))
    const named = { ...letter, id: `${letter.kind === 'run' ? 'r' : 'w'}${lastInsertRowid}` as DeadLetterId }
    sql.name.run(named.id, JSON.stringify(named), lastInsertRowid)
    return named
  })
  const settleAll = db.transaction(
    (ids: readonly DeadLetterId[], state: DeadLetterState, at: number, by: string) =>
      ids.filter((id) => {
        const letter = get(id)
        if (letter === undefined || letter.kind === 'task') return false
        const settled = { ...letter, state, settledAt: at, settledBy: by }
        return sql.settle.run(state, JSON.stringify(settled), id).changes > 0
      }),
  )

  return {
    keep: (letters) => {
      if (letters.length > 0) guard.write('keeping dead letters', () => keepAll.immediate(letters))
    },
    add: (letter) =>
      guard.write('adding a dead letter', () =>
        addOne.immediate({
          ...letter,
          id: '' as DeadLetterId,
          state: 'dead',
          taskId: null,
          status: null,
          version: 0,
          settledAt: null,
          settledBy: null,
        }),
      ),
    get: (id) => guard.read('reading a dead letter', () => get(id)),
    countDead: () => guard.read('counting dead letters', () => sql.countDead.get()?.dead ?? 0),
    list: (filter) => guard.read('reading dead letters', () => listBook(db, filter)),
    settle: (ids, state, at, by) =>
      guard.write('settling dead letters', () => settleAll.immediate(ids, state, at, by)),
    prune: (nowMs) =>
      guard.write(
        'pruning dead letters',
        () =>
          sql.pruneOld.run(Math.trunc(nowMs - deadLetterLimits.keptMs)).changes +
          sql.pruneMany.run(deadLetterLimits.keptCount).changes,
      ),
    forgetTasks: () => guard.write('forgetting dead letters', () => sql.forgetTasks.run().changes),
  }
}

interface Row {
  id: string
  kind: string
  state: string
  version: number
  jrName: string | null
  diedAt: number
  words: string
  document: string
}

/** A replayed or purged task's row holds no error any more: what it died of stays as it was known. */
function remembering(letter: DeadLetter, before: DeadLetter | undefined): DeadLetter {
  if (before === undefined || letter.state === 'dead') return letter
  return {
    ...letter,
    title: letter.title === '' ? before.title : letter.title,
    error: letter.error ?? before.error,
    diedAt: letter.diedAt ?? before.diedAt,
    attempts: before.attempts,
    maxAttempts: letter.maxAttempts ?? before.maxAttempts,
    replays: Math.max(letter.replays, before.replays),
    payload: letter.payload ?? before.payload,
  }
}

function rowOf(letter: DeadLetter): Row {
  return {
    id: letter.id,
    kind: letter.kind,
    state: letter.state,
    version: letter.version,
    jrName: letter.jrName,
    diedAt: diedAtOf(letter),
    words: wordsOf(`${letter.title}\n${letter.error ?? ''}`),
    document: JSON.stringify(letter),
  }
}
