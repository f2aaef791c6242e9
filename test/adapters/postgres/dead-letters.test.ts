import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect } from '../../../src/adapters/postgres/connect.ts'
import { targetOfUrl } from '../../../src/adapters/postgres/connection-target.ts'
import { createDeadLetters } from '../../../src/adapters/postgres/dead-letters.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import { Secret } from '../../../src/config/policy.ts'
import type { Death } from '../../../src/domain/dead-letter.ts'
import { taskId } from '../../../src/domain/ids.ts'
import { deadLettersContract } from '../../contract-suites/dead-letters.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeDeadLetters } from '../../fakes/dead-letters.ts'
import { fakeTaskQueue } from '../../fakes/task-queue.ts'
import { connectTo, queueDatabase, type QueueDatabase } from './support/queue-database.ts'

deadLettersContract('postgres', async () => {
  const { db, dispose } = await queueDatabase()
  return { letters: createDeadLetters(db), queue: createTaskQueue(db), dispose }
})

deadLettersContract('in memory', async () => {
  const queue = fakeTaskQueue(fakeClock())
  return { letters: fakeDeadLetters(queue), queue, dispose: async () => {} }
})

describe('ten thousand dead letters', () => {
  let database: QueueDatabase
  beforeAll(async () => {
    database = await queueDatabase()
  })
  afterAll(() => database.dispose())

  it('are replayed once each by clients that race, and by one that comes again', async () => {
    const { db } = database
    const rows = await db.query<{ id: number; version: number }>(
      `with dead as (
         insert into jr_work_queue (title, source, created_by, status, completed_at)
         select 'dead ' || n, 'test', 'test', 'failed', now() from generate_series(1, 10000) n returning id)
       select id, 1 as version from dead order by id`,
    )
    const deaths = rows.map(({ id, version }): Death => ({ taskId: taskId(id), version }))
    // Nothing has analysed these tables yet, which is how a burst of deaths finds them.
    const hurried = connect(targetOfUrl(new Secret(database.url)), {
      poolSize: 1,
      connectTimeoutMs: 5_000,
      statementTimeoutMs: 2_000,
      lockTimeoutMs: 2_000,
      applicationName: 'jrctl test',
    })
    const page = await createDeadLetters(hurried).list({ search: 'dead', since: 0, limit: 1_000 })
    await hurried.close()
    const newest = deaths.slice(-1_000).toReversed()
    expect(page.map(({ taskId: id }) => id)).toEqual(newest.map(({ taskId: id }) => id))
    const batches = Array.from({ length: 10 }, (_, n) => deaths.slice(n * 1000, (n + 1) * 1000))
    const clients = [connectTo(database.url, 1), connectTo(database.url, 1)]
    const replayAll = async (n: number, order: Death[][]) => {
      const letters = createDeadLetters(clients[n] ?? db)
      const kinds = { done: 0, replayed: 0 }
      for (const batch of order)
        for (const { kind } of await letters.replay(batch, `client ${n}`)) kinds[kind as 'done'] += 1
      return kinds
    }
    try {
      const [one, other] = await Promise.all([
        replayAll(0, batches),
        replayAll(
          1,
          batches.map((batch) => batch.toReversed()),
        ),
      ])
      expect(one.done + other.done).toBe(10_000)
      expect(one.replayed + other.replayed).toBe(10_000)
      expect(await replayAll(0, batches)).toEqual({ done: 0, replayed: 10_000 })
      const [events] = await db.query<{ twice: number; all: number }>(
        `select count(*) filter (where n > 1) as twice, count(*) as all
         from (select count(*) as n from jr_events where from_status = 'failed' and to_status = 'pending' group by task_id) e`,
      )
      expect(events).toEqual({ twice: 0, all: 10_000 })
    } finally {
      await Promise.all(clients.map((client) => client.close()))
    }
  })

  it('are found by their index, whatever the history', async () => {
    const { db } = database
    await db.query(`insert into jr_work_queue (title, source, created_by, status)
      select 'done', 'test', 'test', 'completed' from generate_series(1, 20000)`)
    await db.query(
      `insert into jr_work_queue (title, source, created_by, status) values ('d', 't', 't', 'failed')`,
    )
    await db.query(`analyze jr_work_queue`)
    const plan = await db.query<{ 'QUERY PLAN': string }>(
      `explain select q.id from jr_work_queue q where q.status::text = 'failed' order by q.id desc limit 100`,
    )
    expect(plan.map((row) => row['QUERY PLAN']).join('\n')).toMatch(/Index.*jr_work_queue_dead/)
  })
})
