import type { Database } from '../connect.ts'
import { asUnclaimed } from './end-attempt.ts'
import { asActor } from './as-actor.ts'

export interface SettledQueue {
  /** Tasks that were at work when the backup was taken. */
  givenBack: number
}

/**
 * Between a backup and its restoring fences were given out that the restored queue knows nothing of, and whoever holds one may live
 * on, with the address of this database. A trillion further on no claim comes near them: ten thousand claims a second for three
 * years; and a fence stays below 2^53 through nine thousand restorings.
 */
const fencesSkipped = 1_000_000_000_000

/**
 * Makes a queue that comes from a backup fit to be worked on: nobody of that time is at work any more. Their tasks go back as if they
 * had not been claimed, since it was no fault of theirs; no fence is given out a second time; nobody is taken for present. Runs before
 * anybody else can come.
 */
export function settleRestored(db: Database, why: string): Promise<SettledQueue> {
  return asActor(db, 'restore', async (tx) => {
    const [known] = await tx.query<{ queue: boolean; cluster: boolean }>(
      `select to_regclass('jr_attempts') is not null as queue, to_regclass('jr_leader') is not null as cluster`,
    )
    if (known?.queue !== true) return { givenBack: 0 }
    await tx.query(`select setval('jr_fence', (select last_value from jr_fence) + ${fencesSkipped})`)
    const rows = await tx.query(giveBack, [why])
    await tx.query(`delete from jr_instances`)
    await tx.query(absent)
    if (known.cluster) {
      await tx.query(`update jr_leader set expires_at = least(expires_at, now())`)
      await tx.query(`update jr_nodes set ended_at = now() where ended_at is null`)
    }
    return { givenBack: rows.length }
  })
}

const giveBack = `
with ended as (
  update jr_attempts a set ended_at = now(), outcome = 'released', error = $1
  where a.ended_at is null
  returning a.task_id, a.took_unassigned
)
${asUnclaimed}`

const absent = `update jr_status set is_online = false, status = 'offline', current_load = 0 where is_online`
