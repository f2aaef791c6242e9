import type { Death, DeathVerdict } from '../../../domain/dead-letter.ts'
import type { Database } from '../connect.ts'
import { settleDeaths, stillDead } from './dead-settle.ts'

/** Dead tasks and their attempts are deleted; their events stay, with one that says who did it. Plan: primary keys. */
export function purgeDead(db: Database, deaths: readonly Death[], by: string): Promise<DeathVerdict[]> {
  return settleDeaths(db, deaths, by, async (tx, { ids, versions }) => {
    const gone = await tx.query<{ id: number }>(deleteTasks, [ids, versions])
    await tx.query(`delete from jr_attempts where task_id = any ($1::bigint[])`, [gone.map(({ id }) => id)])
    return gone
  })
}

const deleteTasks = `delete from jr_work_queue q ${stillDead.replace(/^from/, 'using')} returning q.id`
