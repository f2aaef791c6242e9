import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Json } from '../../../src/domain/task.ts'
import { queueDatabase, type QueueDatabase } from './support/queue-database.ts'

/** What a statement may write; the times are literal, so that both statements write the same ones. */
const assignments = [
  `status = 'pending'`,
  `status = 'assigned', assigned_jr = 'Research Jr.'`,
  `status = 'in_progress', started_at = '2026-01-01 00:00+00'`,
  `status = 'in_progress', started_at = '2026-01-02 00:00+00', attempts = attempts + 1`,
  `status = 'completed', completed_at = '2026-01-03 00:00+00', result = '{"a": [1, null, "ü"]}'`,
  `status = null`,
  `status = 'failed', error = repeat('x', 2000)`,
  `progress_percent = 40, progress_note = 'half "way"'`,
  `progress_note = null`,
  `title = 'anew', tags = '{a,"b c"}', score = 'NaN'`,
  `description = repeat('é', 1000), priority = 1, campaign_id = null`,
  `sacred_fire_priority = 10`,
  `urgent_at = '2026-01-04 00:00+00', urgent_by = 'ann', scheduled_at = 'infinity'`,
  `title = title`,
  `channel = 'tiktok'`,
  `status = 'completed', channel = null`,
  `status = 'scheduled', channel = ' '`,
]

let database: QueueDatabase
beforeAll(async () => {
  database = await queueDatabase()
})
afterAll(() => database.dispose())

interface Trail {
  events: { [column: string]: Json }[]
  /** By status, and whether there is a channel. */
  counts: { [kind: string]: number }
  /** Whether it was seen to become ready. */
  becameReady: boolean
  /** Of its attempts: whether it died of each. */
  failures: boolean[]
}

it('a statement over one row leaves the trail that it leaves over many', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...assignments), { minLength: 1, maxLength: 8 }),
      async (steps) => {
        const one = await trail(1, steps)
        const [first, second] = [await trail(2, steps), await trail(2, steps)]
        expect(one.events).toEqual(first.events)
        expect(first).toEqual(second)
        expect([one.becameReady, one.failures]).toEqual([first.becameReady, first.failures])
        expect(doubled(one.counts)).toEqual(first.counts)
      },
    ),
    { numRuns: 40 },
  )
})

/** Of the first of so many rows that all statements touch together. */
async function trail(rows: number, steps: readonly string[]): Promise<Trail> {
  const { db } = database
  await db.query('delete from jr_work_queue')
  await db.query('truncate jr_task_counts, jr_events, jr_failures')
  const inserted = await db.query<{ id: number }>(
    `insert into jr_work_queue (title, description, source, created_by, created_at)
     select 't', 'd', 's', 'c', '2026-01-01 00:00+00' from generate_series(1, $1) returning id`,
    [rows],
  )
  const ids = inserted.map(({ id }) => id)
  // Somebody's attempt is open, so that changes by foreign SQL end it.
  await db.query(
    `insert into jr_attempts (task_id, attempt, jr_name, instance_id, node_id, key_hash, took_unassigned, lease_expires_at)
     select id, 1, 'Research Jr.', 'i', 'n', 'k', false, 'infinity' from unnest($1::bigint[]) as id`,
    [ids],
  )
  for (const step of steps) await db.query(`update jr_work_queue set ${step} where id = any ($1)`, [ids])
  const counts = await db.query<{ kind: string; tasks: number }>(
    `select concat(status, ' ', is_delivery) as kind, sum(tasks)::int as tasks from jr_task_counts group by 1
     having sum(tasks) <> 0`,
  )
  const failures = await db.query<{ died: boolean }>(
    `select died from jr_failures where task_id = $1 order by at`,
    [ids[0]],
  )
  const [state] = await db.query<{ ready: boolean }>(
    `select ready_at is not null as ready from jr_task_state where task_id = $1`,
    [ids[0]],
  )
  await db.query('delete from jr_work_queue')
  const events = await db.query<{ [column: string]: Json }>(
    `select version, kind, from_status, to_status, jr_name, actor, changes::text as changes, attempt_outcome
     from jr_events where task_id = $1 order by version`,
    [ids[0]],
  )
  return {
    events,
    counts: Object.fromEntries(counts.map(({ kind, tasks }) => [kind, tasks])),
    becameReady: state?.ready === true,
    failures: failures.map(({ died }) => died),
  }
}

function doubled(counts: Trail['counts']): Trail['counts'] {
  return Object.fromEntries(Object.entries(counts).map(([status, tasks]) => [status, tasks * 2]))
}
