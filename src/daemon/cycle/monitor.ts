import type { CapacityView } from '../../contract/views.ts'
import { healthOf } from '../../domain/cycle/health.ts'
import {
  snapshotVersion,
  type CapacitySection,
  type SchedulerSection,
  type Snapshot,
  type SystemSection,
} from '../../domain/cycle/snapshot.ts'
import type { WindowView } from '../../domain/cycle/windows.ts'
import type { NodeId } from '../../domain/ids.ts'
import { workerStates, type WorkerState, type WorkerView } from '../../domain/worker.ts'
import type { CycleLook, CycleSight, LookQuestion } from '../../ports/cycle-store.ts'

/** What one look saw. */
export interface Monitored {
  snapshot: Snapshot
  sight: CycleSight
}

/** What a node knows by itself; each is asked at every look and answers from memory. */
export interface MonitorDeps {
  store: CycleLook
  nodeId: NodeId
  question(): LookQuestion
  /** The windows as they stand at a moment, epoch milliseconds. */
  windows(nowMs: number): WindowView[]
  ledgerErrors(): number
  workers(): readonly WorkerView[]
  failuresInARow(jr: string): number
  capacity(): Pick<CapacityView, 'mode' | 'unit' | 'waiting' | 'inFlight' | 'ratePerMinute'>
  /** Tasks in the common order. */
  positions(): number
  /** This node's daemon. */
  daemon(): Omit<SystemSection, 'score' | 'status' | 'deductions'>
}

/**
 * Takes a snapshot: one question to the database, and what this node knows. Any node can; only the leader's is acted upon.
 * @throws OperationalError while the database is away
 */
export function createMonitor(deps: MonitorDeps): () => Promise<Monitored> {
  return async () => {
    const sight = await deps.store.look(deps.question())
    return { sight, snapshot: snapshotOf(sight, deps) }
  }
}

function snapshotOf({ sections }: CycleSight, deps: MonitorDeps): Snapshot {
  const { takenAt, jobs, deliveries, campaigns, scores, lines, onlineJrs } = sections
  const ledger = { errors1h: deps.ledgerErrors() }
  return {
    version: snapshotVersion,
    takenAt,
    nodeId: deps.nodeId,
    jobs,
    deliveries,
    scheduler: schedulerOf(deps.windows(takenAt)),
    campaigns,
    scores,
    ledger,
    workers: {
      byState: byState(deps.workers()),
      onlineJrs,
      lines: lines.map((line) => Object.assign({ failuresInARow: deps.failuresInARow(line.jrName) }, line)),
    },
    capacity: capacityOf(deps),
    system: { ...healthOf({ jobs, ledger }), ...deps.daemon() },
  }
}

function schedulerOf(windows: WindowView[]): SchedulerSection {
  const open = windows.filter(({ isOpen }) => isOpen)
  return {
    windows,
    open: channelsOf(open),
    closingSoon: channelsOf(open.filter(({ closingSoon }) => closingSoon)),
  }
}

function channelsOf(windows: readonly WindowView[]): string[] {
  return [...new Set(windows.map(({ channel }) => channel))]
}

function byState(workers: readonly WorkerView[]): Record<WorkerState, number> {
  const counts = Object.fromEntries(workerStates.map((state) => [state, 0])) as Record<WorkerState, number>
  for (const { state } of workers) counts[state] += 1
  return counts
}

function capacityOf(deps: MonitorDeps): CapacitySection {
  const { mode, unit, waiting, inFlight, ratePerMinute } = deps.capacity()
  return { mode, unit, positions: deps.positions(), waiting, inFlight, ratePerMinute }
}
