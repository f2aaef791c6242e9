import type { Death, DeathVerdict } from '../../../domain/dead-letter.ts'
import type { Database } from '../connect.ts'
import { settleDeaths, stillDead } from './dead-settle.ts'
import { fromTheFirst } from './retry.ts'

/** Dead tasks are done again from their first attempt. Plan: primary keys, one statement a batch. */
export function replayDead(db: Database, deaths: readonly Death[], by: string): Promise<DeathVerdict[]> {
  return settleDeaths(db, deaths, by, (tx, { ids, versions }) => tx.query(statement, [ids, versions]))
}

const statement = `update jr_work_queue q set ${fromTheFirst('q.assigned_jr')} ${stillDead} returning q.id`
