import { createAttemptKeys } from '../../../src/adapters/postgres/attempt-keys.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import { attemptKeysContract } from '../../contract-suites/attempt-keys.ts'
import { fakeAttemptKeys } from '../../fakes/attempt-keys.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeTaskQueue } from '../../fakes/task-queue.ts'
import { queueDatabase } from './support/queue-database.ts'

attemptKeysContract('postgres', async () => {
  const { db, dispose } = await queueDatabase()
  return { keys: createAttemptKeys(db), queue: createTaskQueue(db), dispose }
})

attemptKeysContract('in memory', async () => {
  const queue = fakeTaskQueue(fakeClock())
  return { keys: fakeAttemptKeys(queue), queue, dispose: async () => {} }
})
