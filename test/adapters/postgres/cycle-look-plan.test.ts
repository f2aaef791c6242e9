import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../../src/adapters/postgres/connect.ts'
import { look, statement } from '../../../src/adapters/postgres/sql/cycle/look.ts'
import { periodsMs } from '../../../src/domain/cycle/rules/periods.ts'
import { buffersOf, explain, nodes, type PlanNode } from './support/plan.ts'
import { queueDatabase, type QueueDatabase } from './support/queue-database.ts'

const values = [300_000, ...Array.from({ length: 6 }, () => 3_600_000)]
const backlog = 6_000
const history = 6_000

/** Tables that grow. */
const large = new Set([
  'jr_work_queue',
  'jr_events',
  'jr_task_state',
  'jr_attempts',
  'jr_task_actions',
  'jr_decisions',
])

let database: QueueDatabase
beforeAll(async () => {
  database = await queueDatabase()
  await fill(database.db)
})
afterAll(() => database.dispose())

describe('a look at 6,000 waiting, 6,000 future and 6,000 finished tasks', () => {
  it.each([
    ['without statistics', ''],
    ['with statistics', 'analyze'],
  ])('reads by indexes what it tells, and no more, %s', async (_, prepare) => {
    if (prepare !== '') await database.db.query(prepare)
    const plan = await explain(database.db, statement, values)
    expectFrugal(plan)
    // Two lines of ten priorities and nine sacred ones each, six channels, four campaigns, a few hundred references.
    expect(buffersOf(plan)).toBeLessThan(8_000)
  })

  it('costs no more with five times the history', async () => {
    const before = buffersOf(await explain(database.db, statement, values))
    for (let times = 0; times < 4; times += 1) await addHistory(database.db)
    await database.db.query('analyze')
    const plan = await explain(database.db, statement, values)
    expectFrugal(plan)
    expect(buffersOf(plan)).toBeLessThan(before * 1.2)
    const { sections } = await look(database.db, { offlineAfterMs: 300_000, periodsMs })
    expect(sections.jobs).toMatchObject({ waiting: backlog, scheduled: backlog, completed: 5 * history })
    expect(sections.jobs.oldest).toHaveLength(10)
    expect(sections.deliveries.byChannel).toHaveLength(6)
  })
})

describe('a look at a queue in which little happens', () => {
  it('reads a page or two of each index', async () => {
    const quiet = await queueDatabase()
    try {
      await addHistory(quiet.db)
      for (const prepare of ['select 1', 'analyze']) {
        await quiet.db.query(prepare)
        const plan = await explain(quiet.db, statement, values)
        expectFrugal(plan)
        expect(buffersOf(plan)).toBeLessThan(150)
      }
    } finally {
      await quiet.dispose()
    }
  })
})

function expectFrugal(plan: PlanNode): void {
  const whole = nodes(plan).filter(
    (node) =>
      large.has(node['Relation Name'] ?? '') &&
      ['Seq Scan', 'Bitmap Heap Scan', 'Parallel Seq Scan'].includes(node['Node Type']),
  )
  expect(whole.map((node) => `${node['Node Type']} on ${node['Relation Name']}`)).toEqual([])
  // What is sorted or scanned is bounded by what is counted.
  for (const node of nodes(plan)) expect(node['Actual Rows']).toBeLessThanOrEqual(2_000)
}

async function fill(db: Database): Promise<void> {
  await db.query(
    `insert into jr_work_queue (title, status, assigned_jr, priority, sacred_fire_priority, scheduled_at, created_at, channel, score, campaign_id)
     select 'task ' || n, kind.status, case when n % 2 = 0 then 'Research Jr.' end, n % 10, n % 9,
       case when kind.status = 'scheduled' then now() + interval '1 day' end, now() - n * interval '1 second',
       case when n % 5 = 0 then 'channel ' || n % 10 || n % 3 end, case when n % 3 = 0 then n % 100 end,
       case when n % 4 = 0 then n % 12 end
     from generate_series(1, $1::int) n, (values ('pending'), ('scheduled')) as kind (status)`,
    [backlog],
  )
  await db.query(
    `insert into jr_campaigns (name, status, budget) select 'campaign ' || n, 'active', n from generate_series(1, 12) n`,
  )
  await db.query(
    `insert into jr_status values ('Research Jr.', 'idle', true, now(), 0), ('Other Jr.', 'idle', true, now(), 0)`,
  )
  await db.query(
    `insert into jr_task_actions select n, 'retry_failed', now(), 'd', 1 from generate_series(1, 2000) n`,
  )
  await addHistory(db)
}

/** With deaths, retries and decisions of days ago. */
async function addHistory(db: Database): Promise<void> {
  await db.query(
    `insert into jr_work_queue (title, status, completed_at, created_at, channel, score)
     select 'done', case when n % 20 = 0 then 'failed' else 'completed' end, now() - interval '2 days', now() - interval '3 days',
       case when n % 5 = 0 then 'channel x' end, case when n % 5 = 0 then n % 100 end
     from generate_series(1, $1::int * 20 / 19) n`,
    [history],
  )
  await db.query(
    `insert into jr_failures select n, now() - interval '2 hours', n % 2 = 0 from generate_series(1, $1::int) n`,
    [history],
  )
  await db.query(
    `insert into jr_decisions (id, rule, action, priority, reason, body, state, decided_at, settled_at, outcome, node_id, term)
     select gen_random_uuid(), 'r', 'promote_task', 7, 'r', '{}', 'executed', now() - interval '1 day', now(), 'cleared', 'n', 1
     from generate_series(1, 2000)`,
  )
}
