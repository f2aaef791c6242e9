import { systemClock } from '../../../src/adapters/clock.ts'
import { createClusterDuties } from '../../../src/adapters/postgres/cluster-duties.ts'
import { createLeadership } from '../../../src/adapters/postgres/leadership.ts'
import { createNodes } from '../../../src/adapters/postgres/nodes.ts'
import { createNotifier } from '../../../src/adapters/postgres/notifier.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import { systemRandom } from '../../../src/adapters/random.ts'
import { clusterContract } from '../../contract-suites/cluster.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeCluster } from '../../fakes/cluster.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { fakeTaskQueue } from '../../fakes/task-queue.ts'
import { queueDatabase } from './support/queue-database.ts'
import { shiftPast } from './support/shift-past.ts'

clusterContract('postgres', async () => {
  const { db, dispose } = await queueDatabase()
  const notifier = createNotifier(db, { clock: systemClock(), random: systemRandom(), logger: fakeLogger() })
  await notifier.start()
  return {
    nodes: createNodes(db),
    leadership: createLeadership(db),
    duties: createClusterDuties(db),
    queue: createTaskQueue(db),
    notifier,
    advance: (ms) => shiftPast(db, ms),
    async claimForeign(id) {
      await db.query(`update jr_work_queue set status = 'in_progress', started_at = now() where id = $1`, [
        id,
      ])
    },
    async dispose() {
      await notifier.stop()
      await dispose()
    },
  }
})

clusterContract('in memory', async () => {
  const clock = fakeClock()
  const queue = fakeTaskQueue(clock)
  const cluster = fakeCluster(clock, queue)
  await cluster.notifier.start()
  return {
    ...cluster,
    queue,
    advance: (ms) => clock.advance(ms),
    claimForeign: async (id) => queue.writeForeign(id, { status: 'in_progress', startedAt: clock.wallMs() }),
    dispose: () => cluster.notifier.stop(),
  }
})
