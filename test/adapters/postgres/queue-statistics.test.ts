import { afterAll, beforeAll, expect, it } from 'vitest'
import { createQueueStatistics } from '../../../src/adapters/postgres/queue-statistics.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import { queueDatabase, type QueueDatabase } from './support/queue-database.ts'

let database: QueueDatabase
beforeAll(async () => {
  database = await queueDatabase()
})
afterAll(() => database.dispose())

it('tells the planner how large the tables are', async () => {
  await createTaskQueue(database.db).add([{ title: 'one' }, { title: 'two' }], 'tester')
  const { renewed, skipped } = await createQueueStatistics(database.db).renew()
  expect(skipped).toEqual([])
  expect(renewed).toContain('jr_events')
  const [row] = await database.db.query<{ rows: number }>(
    `select reltuples::int as rows from pg_class where oid = 'jr_work_queue'::regclass`,
  )
  expect(row?.rows).toBe(2)
})

it('passes over what it cannot look at', async () => {
  await database.db.query('alter table jr_status rename to jr_status_elsewhere')
  const { renewed, skipped } = await createQueueStatistics(database.db).renew()
  expect(skipped).toMatchObject([
    { table: 'jr_status', reason: expect.stringContaining('jr_status') as string },
  ])
  expect(renewed).toContain('jr_work_queue')
})
