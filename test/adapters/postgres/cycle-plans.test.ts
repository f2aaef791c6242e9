import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../../src/adapters/postgres/connect.ts'
import { createCycleStore } from '../../../src/adapters/postgres/cycle-store.ts'
import { createLeadership } from '../../../src/adapters/postgres/leadership.ts'
import { createNodes } from '../../../src/adapters/postgres/nodes.ts'
import { actionStatement } from '../../../src/adapters/postgres/sql/cycle/act.ts'
import { openStatement, statement as newest } from '../../../src/adapters/postgres/sql/cycle/decisions.ts'
import { intend, statement as intendStatement } from '../../../src/adapters/postgres/sql/cycle/intend.ts'
import { statement as measuredStatement } from '../../../src/adapters/postgres/sql/cycle/measured.ts'
import { statement as pruneStatement } from '../../../src/adapters/postgres/sql/cycle/prune.ts'
import { statement as settleStatement } from '../../../src/adapters/postgres/sql/cycle/settle.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import type { DecidedAction, Decision } from '../../../src/domain/cycle/decision.ts'
import { jrName, nodeId, taskId } from '../../../src/domain/ids.ts'
import type { Mandate } from '../../../src/ports/leadership.ts'
import { buffersOf, explain, nodes, type PlanNode } from './support/plan.ts'
import { queueDatabase, type QueueDatabase } from './support/queue-database.ts'

const tables = new Set(['jr_work_queue', 'jr_task_state', 'jr_task_actions', 'jr_decisions', 'jr_rule_rests'])
const ids = Array.from({ length: 10 }, (_, index) => taskId(1_000 + index))
const moves = ids.map((id) => ({ taskId: id, from: jrName('Busy Jr.'), to: jrName('Idle Jr.') }))
const deaths = ids.map((id) => ({ taskId: id, version: 1 }))

let database: QueueDatabase
let mandate: Mandate
beforeAll(async () => {
  database = await queueDatabase()
  await fill(database.db)
  const member = await createNodes(database.db).join({ nodeId: nodeId('n'), host: 'm', version: '1' })
  const campaign = await createLeadership(database.db).campaign(member, 3_600_000)
  if (campaign.kind !== 'leading') throw new Error('nobody leads')
  mandate = campaign.mandate
})
afterAll(() => database.dispose())

const under = (...values: unknown[]) => [mandate.nodeId, mandate.epoch, mandate.term, 'actor', ...values]

describe.each([
  ['without statistics', ''],
  ['with statistics', 'analyze'],
])('in a queue of 20,000 tasks with 5,000 decisions, %s', (_, prepare) => {
  beforeAll(async () => {
    if (prepare !== '') await database.db.query(prepare)
  })

  it.each<[string, DecidedAction]>([
    ['promote_task', { action: 'promote_task', tasks: ids }],
    ['downgrade_task', { action: 'downgrade_task', tasks: ids, byMs: 1_000 }],
    ['force_run', { action: 'force_run', tasks: ids }],
    ['schedule_task', { action: 'schedule_task', tasks: ids.map((id) => ({ id, at: null })) }],
    ['retry_failed', { action: 'retry_failed', retries: ids.slice(0, 5), deaths: deaths.slice(5) }],
    ['rebalance_queue', { action: 'rebalance_queue', moves: moves.slice(0, 5), deadLetters: ids.slice(5) }],
  ])('%s looks its ten tasks up', async (name, action) => {
    const decision: Decision = { id: `${name} ${prepare}`, rule: 'r', priority: 1, reason: 'why', ...action }
    await intend(database.db, mandate, [{ decision, cooldownMs: 1_000 }], false)
    const { statement, values } = actionStatement(decision, 300_000)
    await frugal(statement, under(decision.id, ...values), 1_000)
  })

  it.each<[string, string, () => unknown[]]>([
    ['intending', intendStatement, () => under('[]', 'intended')],
    ['settling', settleStatement, () => under('d-7', 'executed', '{}', null)],
    ['noting outcomes', measuredStatement, () => under(['d-7', 'd-8'], ['cleared', 'persists'])],
    ['pruning', pruneStatement, () => under(1_000, 1_000, 50)],
    ['listing', newest, () => [null, 20]],
    ['finding open ones', openStatement, () => [100]],
  ])('%s goes by an index', async (_name, statement, values) => {
    await frugal(statement, values(), 1_000)
  })
})

it('counts anew what was counted wrong, while others write', async () => {
  const { db } = database
  const store = createCycleStore(db, { offlineAfterMs: 300_000 })
  const counts = async () => (await createTaskQueue(db).counts()).byStatus
  const before = await counts()
  expect(await store.recount(mandate)).toEqual({ led: true, result: { mended: 0, tooMany: false } })
  await db.query(
    `insert into jr_task_counts (status, is_delivery, tasks) values ('assigned', false, 7), ('retry', true, 2)`,
  )
  expect(await counts()).not.toEqual(before)
  const [mended] = await Promise.all([
    store.recount(mandate),
    ...Array.from({ length: 20 }, () => db.query(`insert into jr_work_queue (title) values ('more')`)),
  ])
  expect(mended).toEqual({ led: true, result: { mended: 9, tooMany: false } })
  expect(await counts()).toEqual({ ...before, pending: before.pending + 20 })
})

async function frugal(statement: string, values: readonly unknown[], buffers: number): Promise<void> {
  const plan = await explain(database.db, statement, values)
  const whole = nodes(plan).filter(
    (node: PlanNode) =>
      tables.has(node['Relation Name'] ?? '') &&
      ['Seq Scan', 'Parallel Seq Scan', 'Bitmap Heap Scan'].includes(node['Node Type']),
  )
  expect(whole.map((node) => `${node['Node Type']} on ${node['Relation Name']}`)).toEqual([])
  for (const node of nodes(plan)) expect(node['Actual Rows']).toBeLessThanOrEqual(100)
  expect(buffersOf(plan)).toBeLessThan(buffers)
}

async function fill(db: Database): Promise<void> {
  await db.query(`insert into jr_work_queue (title, assigned_jr, status)
    select 'task', 'Busy Jr.', 'assigned' from generate_series(1, 20000)`)
  await db.query(`insert into jr_decisions (id, rule, action, priority, reason, body, state, decided_at, settled_at, node_id, term)
    select 'd-' || n, 'rule', 'promote_task', 5, 'why', '{}', case when n < 10 then 'intended' else 'executed' end,
      now() - n * interval '1 second', now(), 'n', 1 from generate_series(1, 5000) n`)
  await db.query(`insert into jr_task_actions (task_id, action, acted_at, decision_id)
    select n, 'promote_task', now() - n * interval '1 second', 'd' from generate_series(1, 5000) n`)
}
