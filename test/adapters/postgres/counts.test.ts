import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import { taskId } from '../../../src/domain/ids.ts'
import { queueDatabase, type QueueDatabase } from './support/queue-database.ts'

let database: QueueDatabase
beforeAll(async () => {
  database = await queueDatabase()
})
afterAll(() => database.dispose())

it('the oldest ready task has an age only while one is ready', async () => {
  const queue = createTaskQueue(database.db)
  expect((await queue.counts()).oldestReadyMs).toBeNull()
  const scheduledAt = Date.UTC(2099, 0)
  const [later] = await queue.add([{ title: 'later', scheduledAt }], 'tester')
  expect(await queue.counts()).toMatchObject({ oldestReadyMs: null, byStatus: { scheduled: 1 } })
  await queue.retry(later ?? (0 as never), 'tester')
  expect(await queue.counts()).toMatchObject({
    oldestReadyMs: expect.any(Number) as number,
    byStatus: { scheduled: 0, pending: 1 },
  })
})

it('a task that was put off has waited since it became ready, not since it was made', async () => {
  const queue = createTaskQueue(database.db)
  await database.db.query(`delete from jr_work_queue`)
  const [row] = await database.db.query<{ id: number }>(
    `insert into jr_work_queue (title, status, created_at, scheduled_at)
     values ('put off', 'scheduled', now() - interval '3 days', now() + interval '1 hour') returning id::int`,
  )
  await queue.retry(taskId(row?.id ?? 0), 'tester')
  expect((await queue.counts()).oldestReadyMs).toBeLessThan(3_600_000)
})
