import {
  deadLetterLimits,
  deadLetterOfTask,
  verdictOf,
  type Death,
  type DeathVerdict,
} from '../../../domain/dead-letter.ts'
import type { TaskId } from '../../../domain/ids.ts'
import { BugError } from '../../../errors.ts'
import type { Database, Queryable } from '../connect.ts'
import { asActor } from './as-actor.ts'
import { isDead } from './dead-letter-row.ts'
import { lookAtDead } from './dead-look.ts'

/**
 * Settles deaths by `change`, each at most once, whoever asks and however often: rows are locked in the order of their ids (so
 * that two who settle the same wait for each other instead of deadlocking), then those that are still dead of the death that
 * was meant are changed. The second statement sees what was committed while the first waited for its locks, which one
 * statement would not: its versions would be those of its start.
 */
export function settleDeaths(
  db: Database,
  deaths: readonly Death[],
  by: string,
  change: (tx: Queryable, deaths: DeathColumns) => Promise<{ id: number }[]>,
): Promise<DeathVerdict[]> {
  if (deaths.length > deadLetterLimits.batch)
    throw new BugError(`${deaths.length} deaths at once; at most ${deadLetterLimits.batch}`)
  if (deaths.length === 0) return Promise.resolve([])
  const ids = deaths.map((death) => death.taskId)
  return asActor(db, by, async (tx) => {
    await tx.query(lock, [ids])
    const rows = await change(tx, { ids, versions: deaths.map((death) => death.version) })
    const done = new Set<number>(rows.map((row) => row.id))
    const others = await lookAtDead(
      tx,
      ids.filter((id) => !done.has(id)),
    )
    const standing = new Map(others.map((letter) => [letter.taskId, letter]))
    return ids.map((taskId) => {
      const id = deadLetterOfTask(taskId)
      return done.has(taskId) ? { id, kind: 'done' } : verdictOf(id, standing.get(taskId))
    })
  })
}

export interface DeathColumns {
  ids: TaskId[]
  versions: number[]
}

/** Joins the rows `q` that are still dead of the deaths $1 (ids) and $2 (versions). */
export const stillDead = `from unnest($1::bigint[], $2::bigint[]) as wanted (id, version)
left join jr_task_state s on s.task_id = wanted.id
where q.id = wanted.id and ${isDead('q')} and coalesce(s.version, 0) = wanted.version`

const lock = `select from jr_work_queue q where q.id = any ($1::bigint[]) and ${isDead('q')} order by q.id for update`
