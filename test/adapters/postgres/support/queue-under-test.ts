import { systemClock } from '../../../../src/adapters/clock.ts'
import type { Database } from '../../../../src/adapters/postgres/connect.ts'
import { createNotifier } from '../../../../src/adapters/postgres/notifier.ts'
import { createTaskQueue } from '../../../../src/adapters/postgres/task-queue.ts'
import { systemRandom } from '../../../../src/adapters/random.ts'
import type { QueueUnderTest } from '../../../contract-suites/task-queue.ts'
import { fakeLogger } from '../../../fakes/logger.ts'
import { shiftPast } from './shift-past.ts'

/**
 * What the contract suite wants, over Postgres.
 * @param db by which the queue works
 * @param beside by which other programs come
 */
export async function queueUnderTest(db: Database, beside: Database = db): Promise<QueueUnderTest> {
  const notifier = createNotifier(db, { clock: systemClock(), random: systemRandom(), logger: fakeLogger() })
  await notifier.start()
  return {
    queue: createTaskQueue(db),
    notifier,
    advance: (ms) => shiftPast(beside, ms),
    foreign: {
      async setStatus(id, status) {
        await beside.query(`update jr_work_queue set status = $2 where id = $1`, [id, status])
      },
      async claim(id) {
        await beside.query(
          `update jr_work_queue set status = 'in_progress', started_at = now()
           where id = $1 and status in ('assigned', 'pending')`,
          [id],
        )
      },
      async remove(id) {
        await beside.query(`delete from jr_work_queue where id = $1`, [id])
      },
    },
    dispose: () => notifier.stop(),
  }
}
