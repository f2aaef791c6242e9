import type { OrchestratorDesk } from '../../api/orchestrator.ts'
import type { CapacityView } from '../../contract/views.ts'
import type { WindowView } from '../../domain/cycle/windows.ts'
import { periodsMs } from '../../domain/cycle/rules/periods.ts'
import type { WorkerView } from '../../domain/worker.ts'
import type { CycleStore } from '../../ports/cycle-store.ts'
import type { Notice } from '../../ports/notifier.ts'
import type { LeaderDutyDeps } from '../cluster/leader-duty.ts'
import type { DaemonDeps } from '../daemon-deps.ts'
import { type Cycle, createCycle } from './cycle.ts'
import { createLedgerErrors } from './ledger-errors.ts'
import { createMonitor } from './monitor.ts'
import { createOrchestratorDesk } from './orchestrator-desk.ts'
import { type ReconciliationParts, reconciliationSteps } from './reconciliation-steps.ts'

/** The cycle as a part of the daemon: what it looks at, what it may ask for, who wakes it. */
export interface CyclePart extends Cycle {
  desk: OrchestratorDesk
  noticed(notice: Notice): void
  /** Something about the workers is new; a pass answers it when one of them died, came back or is given up. */
  workersChanged(): void
  /** After the duties: the ledger is listened to no more. */
  close(): void
}

export type CyclePartDeps = LeaderDutyDeps &
  Pick<DaemonDeps, 'policy' | 'nodeId' | 'ledger' | 'cluster' | 'processFacts'> & {
    cycleStore: CycleStore
  } & CycleSights

/** What a snapshot shows of this node; asked at every look. */
export interface CycleSights {
  windows(nowMs: number): WindowView[]
  workers(): readonly WorkerView[]
  failuresInARow(jr: string): number
  capacity(): Pick<CapacityView, 'mode' | 'ratePerMinute' | 'waiting' | 'inFlight'>
  capacityUnit(): CapacityView['unit']
  positions(): number
  heapPercent(): number
  complaints(): string[]
  reconciliation(): Omit<ReconciliationParts, 'store' | 'duties' | 'policy' | 'ledger' | 'logger'>
}

export function createCyclePart(deps: CyclePartDeps): CyclePart {
  const { policy, cycleStore: store, clock, ledger } = deps
  const { nodes, leadership, duties } = deps.cluster
  const startedMs = clock.monotonicMs()
  const errors = createLedgerErrors(ledger, clock)
  const { offlineAfterMs } = policy.queue
  let workerStates = ''
  const cycle = createCycle({
    ...deps,
    policy: policy.orchestrator,
    store,
    duties,
    monitor: createMonitor({
      store,
      nodeId: deps.nodeId,
      question: () => ({ offlineAfterMs, periodsMs }),
      windows: (nowMs) => deps.windows(nowMs),
      ledgerErrors: () => errors.lastHour(),
      workers: () => deps.workers(),
      failuresInARow: (jr) => deps.failuresInARow(jr),
      capacity: () => ({ ...deps.capacity(), unit: deps.capacityUnit() }),
      positions: () => deps.positions(),
      daemon: () => ({
        uptimeMs: clock.monotonicMs() - startedMs,
        rssBytes: deps.processFacts.rssBytes(),
        heapPercent: deps.heapPercent(),
        degraded: deps.complaints(),
      }),
    }),
    reconciliation: () =>
      reconciliationSteps({
        ...deps.reconciliation(),
        store,
        duties,
        policy: policy.queue,
        ledger,
        logger: deps.logger,
      }),
  })
  return {
    ...cycle,
    desk: createOrchestratorDesk({ cycle, store, nodes, leadership }),
    noticed(notice) {
      if (notice.kind === 'changed' || notice.kind === 'connected') cycle.wake()
    },
    // They are told of with every sample of their memory, too.
    workersChanged() {
      const now = deps
        .workers()
        .map(({ name, state }) => `${name} ${state}`)
        .join()
      if (now !== workerStates) cycle.wake()
      workerStates = now
    },
    close: () => errors.stop(),
  }
}
