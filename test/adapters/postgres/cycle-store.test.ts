import { createCycleStore } from '../../../src/adapters/postgres/cycle-store.ts'
import { createLeadership } from '../../../src/adapters/postgres/leadership.ts'
import { createNodes } from '../../../src/adapters/postgres/nodes.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import { cycleStoreContract } from '../../contract-suites/cycle-store.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeCluster } from '../../fakes/cluster.ts'
import { fakeCycleStore } from '../../fakes/cycle-store.ts'
import { fakeTaskQueue } from '../../fakes/task-queue.ts'
import { queueDatabase } from './support/queue-database.ts'
import { shiftPast } from './support/shift-past.ts'

const offlineAfterMs = 300_000

cycleStoreContract('postgres', async () => {
  const { db, dispose } = await queueDatabase()
  return {
    store: createCycleStore(db, { offlineAfterMs }),
    queue: createTaskQueue(db),
    nodes: createNodes(db),
    leadership: createLeadership(db),
    advance: (ms) => shiftPast(db, ms),
    async marksOf(id) {
      const rows = await db.query<{ action: string; times: number }>(
        `select action, times from jr_task_actions where task_id = $1`,
        [id],
      )
      return Object.fromEntries(rows.map(({ action, times }) => [action, times]))
    },
    dispose,
  }
})

cycleStoreContract('in memory', async () => {
  const clock = fakeClock({ wallMs: Date.now() })
  const queue = fakeTaskQueue(clock)
  const cluster = fakeCluster(clock, queue)
  const store = fakeCycleStore(clock, queue, cluster.leadership, offlineAfterMs)
  return {
    store,
    queue,
    nodes: cluster.nodes,
    leadership: cluster.leadership,
    advance: (ms) => clock.advance(ms),
    marksOf: async (id) => ({ ...store.marksOf(id) }),
    dispose: async () => {},
  }
})
