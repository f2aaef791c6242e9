import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createQueueInsight } from '../../../src/adapters/postgres/queue-insight.ts'
import { statement as aheadStatement } from '../../../src/adapters/postgres/sql/ahead.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import { taskId, type TaskId } from '../../../src/domain/ids.ts'
import type { QueueInsight } from '../../../src/ports/queue-insight.ts'
import { queueInsightContract } from '../../contract-suites/queue-insight.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeLimits, fakeQueueInsight } from '../../fakes/queue-insight.ts'
import { fakeTaskQueue } from '../../fakes/task-queue.ts'
import { queueDatabase, type QueueDatabase } from './support/queue-database.ts'
import { shiftPast } from './support/shift-past.ts'

const legacyClaim = `update jr_work_queue set status = 'in_progress', started_at = now() where id = $1`

queueInsightContract('postgres', async () => {
  const { db, dispose } = await queueDatabase()
  return {
    insight: createQueueInsight(db, fakeLimits),
    queue: createTaskQueue(db),
    advance: (ms) => shiftPast(db, ms),
    claimForeign: async (id) => void (await db.query(legacyClaim, [id])),
    dispose,
  }
})

queueInsightContract('in memory', async () => {
  const clock = fakeClock()
  const queue = fakeTaskQueue(clock)
  return {
    insight: fakeQueueInsight(queue, clock),
    queue,
    advance: (ms) => clock.advance(ms),
    claimForeign: async (id) => queue.writeForeign(id, { status: 'in_progress', startedAt: clock.wallMs() }),
    dispose: async () => {},
  }
})

describe('what only Postgres can tell', () => {
  let on: QueueDatabase
  let insight: QueueInsight
  let other: Client
  let id: TaskId
  beforeAll(async () => {
    on = await queueDatabase()
    insight = createQueueInsight(on.db, fakeLimits)
  })
  afterAll(() => on.dispose())
  beforeEach(async () => {
    const rows = await on.db.query<{ id: number }>(
      `insert into jr_work_queue (title, assigned_jr, status) values ('one', 'Research Jr.', 'assigned') returning id`,
    )
    id = taskId(rows[0]?.id ?? 0)
    other = new Client({ connectionString: on.url, application_name: 'psql of eve' })
    await other.connect()
  })
  afterEach(() => other.end())

  const locksOf = async () => {
    const sighting = await insight.sight(id)
    return sighting.kind === 'seen' ? sighting.standing.locks : sighting
  }

  it('names the session that locks the row, whatever the lock, and takes none itself', async () => {
    for (const statement of [
      `select from jr_work_queue where id = ${id} for update`,
      `select from jr_work_queue where id = ${id} for share`,
      `update jr_work_queue set title = 'two' where id = ${id}`,
      `delete from jr_work_queue where id = ${id}`,
    ]) {
      await other.query('begin')
      await other.query(statement)
      expect(await locksOf(), statement).toMatchObject([
        { on: 'row', application: 'psql of eve', state: 'idle in transaction' },
      ])
      await other.query('rollback')
      expect(await locksOf(), `after ${statement}`).toEqual([])
    }
  })

  it('names the session that locks the queue against writing', async () => {
    await other.query('begin; lock table jr_work_queue in share mode')
    expect(await locksOf()).toMatchObject([{ on: 'table', application: 'psql of eve' }])
  })

  it('answers at once though the queue cannot even be read', async () => {
    await other.query('begin; lock table jr_work_queue in access exclusive mode')
    expect(await locksOf()).toMatchObject({ kind: 'barred', locks: [{ application: 'psql of eve' }] })
  })

  it("shows another program's status as it is", async () => {
    await on.db.query(`update jr_work_queue set status = 'blocked' where id = $1`, [id])
    expect(await insight.sight(id)).toMatchObject({ standing: { rawStatus: 'blocked', ahead: null } })
  })

  it('says which nodes hold their claims back', async () => {
    await on.db.query(
      `insert into jr_nodes (node_id, epoch, host, version, claims_held_until, claims_held_reason)
       values ('n1', 1, 'h', '1', now() + interval '1 minute', 'disk full'), ('n2', 1, 'h', '1', null, null)`,
    )
    expect(await insight.sight(id)).toMatchObject({
      standing: { holding: [{ nodeId: 'n1', reason: 'disk full' }] },
    })
  })

  it('says who leads, and what the Jrs accept of unassigned tasks', async () => {
    await on.db.query(
      `insert into jr_nodes (node_id, epoch, host, version) values ('n3', 1, 'h', '1');
       insert into jr_leader (duty, node_id, epoch, term, expires_at) values ('cluster', 'n3', 1, 1, now() + interval '1 minute')
       on conflict do nothing;
       insert into jr_accepts values ('n3', 'Research Jr.', '{"tags": ["code"]}')`.replace(/;\s*$/, ''),
    )
    const rows = await on.db.query<{ id: number }>(
      `insert into jr_work_queue (title) values ('free') returning id`,
    )
    expect(await insight.sight(taskId(rows[0]?.id ?? 0))).toMatchObject({
      standing: {
        leader: 'n3',
        accepts: [{ jrName: 'Research Jr.', accepts: { tags: ['code'], when: null } }],
      },
    })
    expect(await insight.sight(id)).toMatchObject({ standing: { leader: 'n3', accepts: [] } })
  })

  it('reads a bounded piece of a long line, by its index', async () => {
    await on.db.query(
      `insert into jr_work_queue (title, assigned_jr, status)
       select 't', 'Research Jr.', 'assigned' from generate_series(1, 5000)`,
    )
    const [last] = await on.db.query<{ id: number }>(`select max(id) as id from jr_work_queue`)
    expect(await insight.sight(taskId(last?.id ?? 0))).toMatchObject({
      standing: { ahead: { count: 1000, isMore: true } },
    })
    const plan = await on.db.query<Record<string, string>>(
      `explain ${aheadStatement.replace('$1', `'Research Jr.'`).replaceAll('$2', '1').replace('$3', '1001')}`,
    )
    const text = JSON.stringify(plan)
    expect(text).toContain('Index Scan using jr_work_queue_ready')
    expect(text).not.toContain('Sort')
  })

  it('says that the database takes no writes', async () => {
    await other.query(
      `do $$ begin execute format('alter database %I set default_transaction_read_only = on', current_database()); end $$`,
    )
    const fresh = await queueInsightOnNewSession(on, () => insight.sight(id))
    expect(fresh).toMatchObject({ kind: 'seen', standing: { readOnly: 'setting' } })
  })
})

/** A default of the database counts from the next session on. */
async function queueInsightOnNewSession<T>(on: QueueDatabase, look: () => Promise<T>): Promise<T> {
  await on.db.query(`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and application_name = 'jrctl test'`)
  await on.db.query(`select pg_terminate_backend(pg_backend_pid())`).catch(() => undefined)
  return look()
}
