import { taskBackoff, type Backoff } from '../../../domain/backoff.ts'
import type { Lease } from '../../../domain/task.ts'
import type { Failure, FailVerdict } from '../../../ports/task-queue.ts'
import type { Queryable } from '../connect.ts'
import { errorForDatabase, jsonForDatabase } from '../outgoing-values.ts'
import { attemptsOf, epochMs, maxAttemptsOf } from '../queue-expressions.ts'
import { endAttempt, lineAgain } from './end-attempt.ts'
import { staleReason } from './stale-reason.ts'

interface Row {
  status: 'retry' | 'failed'
  attempt: number
  retry_at: number
}

/** The attempt failed: another one after a wait, or the end. Plan: primary keys. */
export async function fail(
  db: Queryable,
  lease: Lease,
  failure: Failure,
  backoff: Backoff = taskBackoff,
): Promise<FailVerdict> {
  const [row] = await db.query<Row>(backoff.jitter === 0 ? statements.exact : statements.jittered, [
    lease.taskId,
    lease.fence,
    failure.kind === 'final',
    errorForDatabase(failure.error),
    failure.result === undefined ? null : jsonForDatabase(failure.result),
    backoff.initialMs,
    backoff.maxMs,
    ...(backoff.jitter === 0 ? [] : [backoff.jitter]),
  ])
  if (row === undefined) return { accepted: false, reason: await staleReason(db, lease, ['failed', 'retry']) }
  return row.status === 'retry'
    ? { accepted: true, status: 'retry', attempt: row.attempt, retryAt: row.retry_at }
    : { accepted: true, status: 'failed', attempt: row.attempt }
}

/**
 * After the n-th attempt $6 ms · 2ⁿ⁻¹, at most $7 (spec §2); by the database's clock, which is everybody's. More doublings than
 * these make no longer wait: they are a year from the shortest that can be configured.
 */
const doublingsMax = 32
const wait = `least($7::float8, $6::float8 * power(2, least(${attemptsOf('q')} - 1, ${doublingsMax}))) * interval '1 millisecond'`
/** As `backoffDelayMs`: chance only ever shortens. */
const jitteredWait = `${wait} * (1 - $8::float8 * random())`
const dies = (row: string): string => `($3::boolean or ${attemptsOf(row)} >= ${maxAttemptsOf(row)})`

const statements = { exact: statementWaiting(wait), jittered: statementWaiting(jitteredWait) }

function statementWaiting(retryWait: string): string {
  return `
with ${endAttempt(`error = $4, outcome = case when ${dies('w')} then 'failed' else 'retry' end`)}
update jr_work_queue q
set status = case when ${dies('q')} then 'failed' else 'retry' end,
  completed_at = case when ${dies('q')} then now() end,
  scheduled_at = case when ${dies('q')} then null else now() + ${retryWait} end,
  started_at = case when ${dies('q')} then q.started_at end,
  progress_percent = case when ${dies('q')} then q.progress_percent else 0 end,
  ${lineAgain.replace('ended.took_unassigned', `ended.took_unassigned and not ${dies('q')}`)},
  error = $4, result = coalesce($5::jsonb, q.result)
from ended where q.id = ended.task_id
returning q.status::text as status, ended.attempt, ${epochMs('q.scheduled_at')} as retry_at`
}
