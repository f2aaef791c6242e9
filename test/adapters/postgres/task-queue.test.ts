import { createNotifier } from '../../../src/adapters/postgres/notifier.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import { systemClock } from '../../../src/adapters/clock.ts'
import { systemRandom } from '../../../src/adapters/random.ts'
import { taskQueueContract } from '../../contract-suites/task-queue.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { fakeTaskQueue } from '../../fakes/task-queue.ts'
import { queueDatabase } from './support/queue-database.ts'
import { shiftPast } from './support/shift-past.ts'

taskQueueContract('postgres', async () => {
  const { db, dispose } = await queueDatabase()
  const notifier = createNotifier(db, { clock: systemClock(), random: systemRandom(), logger: fakeLogger() })
  await notifier.start()
  return {
    queue: createTaskQueue(db),
    notifier,
    advance: (ms) => shiftPast(db, ms),
    foreign: {
      async setStatus(id, status) {
        await db.query(`update jr_work_queue set status = $2 where id = $1`, [id, status])
      },
      async claim(id) {
        await db.query(
          `update jr_work_queue set status = 'in_progress', started_at = now()
           where id = $1 and status in ('assigned', 'pending')`,
          [id],
        )
      },
      async remove(id) {
        await db.query(`delete from jr_work_queue where id = $1`, [id])
      },
    },
    async dispose() {
      await notifier.stop()
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
