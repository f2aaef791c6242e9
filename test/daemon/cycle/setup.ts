import type { OrchestratorPolicy } from '../../../src/config/policy.ts'
import { createCycle, type Cycle } from '../../../src/daemon/cycle/cycle.ts'
import { createMonitor } from '../../../src/daemon/cycle/monitor.ts'
import type { ReconciliationStep } from '../../../src/daemon/cycle/reconciliation.ts'
import type { DatabaseWatch } from '../../../src/daemon/queue/database-watch.ts'
import type { Snapshot } from '../../../src/domain/cycle/snapshot.ts'
import { periodsMs } from '../../../src/domain/cycle/rules/periods.ts'
import { nodeId, type TaskId } from '../../../src/domain/ids.ts'
import type { Mandate } from '../../../src/ports/leadership.ts'
import type { NewTask } from '../../../src/ports/task-queue.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeCluster } from '../../fakes/cluster.ts'
import { fakeCycleStore } from '../../fakes/cycle-store.ts'
import { fakeLedger } from '../../fakes/ledger.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { fakeTaskQueue } from '../../fakes/task-queue.ts'
import { aTaskRef, emptySections } from '../../support/cycle-sections.ts'
import { policyOf } from '../policy.ts'

/** Longer than any test goes on. */
const leaseMs = 100 * 86_400_000

/** A cycle over a fake queue, on a node that leads. */
export async function cycleUnderTest(more: Partial<OrchestratorPolicy> = {}) {
  const clock = fakeClock()
  const queue = fakeTaskQueue(clock)
  const { nodes, leadership } = fakeCluster(clock, queue)
  const store = fakeCycleStore(clock, queue, leadership)
  const ledger = fakeLedger(clock)
  const logger = fakeLogger()
  const member = await nodes.join({ nodeId: nodeId('node-1'), host: 'machine', version: '1' })
  let mandate: Mandate | null = null
  const state = {
    looks: 0,
    ledgerErrors: 0,
    windows: [] as Snapshot['scheduler']['windows'],
    /** What the next looks wait for. */
    slow: Promise.resolve() as Promise<unknown>,
    settled: [] as unknown[],
  }
  const steps: ReconciliationStep[] = [{ name: 'leases', run: async () => null }]
  const monitor = createMonitor({
    store,
    nodeId: member.nodeId,
    question: () => ({ offlineAfterMs: 300_000, periodsMs }),
    windows: () => state.windows,
    ledgerErrors: () => state.ledgerErrors,
    workers: () => [],
    failuresInARow: () => 0,
    capacity: () => ({ mode: 'lend', unit: 'request', waiting: 0, inFlight: 0, ratePerMinute: 100 }),
    positions: () => 0,
    daemon: () => ({ uptimeMs: 0, rssBytes: 0, heapPercent: 0, degraded: [] }),
  })
  const database: DatabaseWatch = {
    up: true,
    lastError: null,
    settled: (error) => void state.settled.push(error),
  }
  const cycle: Cycle = createCycle({
    policy: { ...policyOf().orchestrator, enabled: true, ...more },
    store,
    duties: { acceptances: async () => [] },
    async monitor() {
      state.looks += 1
      await state.slow
      return monitor()
    },
    reconciliation: () => steps,
    leader: {
      mandate: () => mandate,
      accepted(_, done) {
        if (!done.led) mandate = null
        return done.led ? done.result : null
      },
    },
    database,
    ledger,
    clock,
    logger,
  })

  async function reign(): Promise<void> {
    const campaign = await leadership.campaign(member, leaseMs)
    if (campaign.kind !== 'leading') throw new Error('another node leads')
    mandate = campaign.mandate
  }

  return {
    cycle,
    clock,
    queue,
    store,
    state,
    steps,
    async start(): Promise<void> {
      await reign()
      for (const duty of cycle.duties) duty.start()
      await clock.advance(0)
    },
    /** As the same node after a fall: a new term. */
    async reignAgain(): Promise<void> {
      if (mandate !== null) await leadership.resign(mandate)
      await reign()
    },
    /** The lease is free for others, which this node does not know. */
    async loseLease(): Promise<void> {
      if (mandate !== null) await leadership.resign(mandate)
    },
    depose(): void {
      mandate = null
    },
    mandate(): Mandate {
      if (mandate === null) throw new Error('nobody leads')
      return mandate
    },
    async stop(): Promise<void> {
      const stopped = Promise.all(cycle.duties.map((duty) => duty.stop()))
      await clock.advance(600_000)
      await stopped
    },
    async add(...tasks: Partial<NewTask>[]): Promise<TaskId[]> {
      return queue.add(
        tasks.map((task) => Object.assign({ title: 'a task' }, task)),
        'tester',
      )
    },
    /** The ledger from now on, as `type: message`. */
    told: () => ledger.entries.map(({ eventType, message }) => `${eventType}: ${message}`),
    entries: () => ledger.entries,
    types: () => ledger.entries.map(({ eventType }) => eventType.replace('orchestrator.', '')),
    said: () => logger.lines.map(({ message }) => message),
    /** The next looks see failures of the last hour, and retries that could be brought forward. */
    failures(...ids: TaskId[]): void {
      store.sections = {
        jobs: {
          ...emptySections().jobs,
          failures1h: ids.length,
          retries: ids.map((id) => aTaskRef(id, { status: 'retry' })),
        },
      }
    },
    calm(): void {
      store.sections = {}
    },
  }
}
