import type { DeadLetters } from '../../ports/dead-letters.ts'
import type { Database } from './connect.ts'
import { listDead } from './sql/dead-list.ts'
import { lookAtDead } from './sql/dead-look.ts'
import { purgeDead } from './sql/dead-purge.ts'
import { replayDead } from './sql/dead-replay.ts'

/** The dead tasks of the queue in Postgres: rows with status `failed`. */
export function createDeadLetters(db: Database): DeadLetters {
  return {
    list: (filter) => listDead(db, filter),
    look: (ids) => lookAtDead(db, ids),
    replay: (deaths, by) => replayDead(db, deaths, by),
    purge: (deaths, by) => purgeDead(db, deaths, by),
  }
}
