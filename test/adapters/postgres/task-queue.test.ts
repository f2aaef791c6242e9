import { taskQueueContract } from '../../contract-suites/task-queue.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeTaskQueue } from '../../fakes/task-queue.ts'
import { queueDatabase } from './support/queue-database.ts'
import { queueUnderTest } from './support/queue-under-test.ts'

taskQueueContract('postgres', async () => {
  const { db, dispose } = await queueDatabase()
  const under = await queueUnderTest(db)
  return {
    ...under,
    async dispose() {
      await under.dispose()
      await dispose()
    },
  }
})

taskQueueContract('in memory', async () => {
  const clock = fakeClock()
  const queue = fakeTaskQueue(clock)
  await queue.notifier.start()
  return {
    queue,
    notifier: queue.notifier,
    advance: (ms) => clock.advance(ms),
    foreign: {
      setStatus: async (id, status) => queue.writeForeign(id, { status }),
      claim: async (id) => queue.writeForeign(id, { status: 'in_progress', startedAt: clock.wallMs() }),
      remove: async (id) => queue.removeForeign(id),
    },
    dispose: () => queue.notifier.stop(),
  }
})
