import type { Policy, WorkerDefinition } from '../config/policy.ts'
import type { MetricsView } from '../contract/metrics.ts'
import type { WorkerView } from '../domain/worker.ts'
import type { Supervisor } from '../supervisor/supervisor.ts'
import { createAdaptedPriorities } from './night/adapted-priorities.ts'
import type { DaemonDeps } from './daemon-deps.ts'
import type { Duty } from './duty.ts'
import { type MemoryWatch, createMemoryWatch } from './memory/memory-watch.ts'
import { configuredAgents, metricsView } from './metrics/metrics-view.ts'
import { type Metrics, createMetrics } from './metrics/metrics.ts'
import { nightTimetable } from './night/night-timetable.ts'
import { workNight } from './night/night-work.ts'
import { createNightly } from './night/nightly.ts'

/** What is measured of this node, and what follows of it: metrics, the memory rules, the nights (spec §10). */
export interface Figures {
  metrics: Metrics
  memory: MemoryWatch
  nightly: Duty
  start(): void
  /** Other workers are configured now. Answers them with the priorities in force. */
  define(configured: readonly WorkerDefinition[]): WorkerDefinition[]
  /** The workers with what they have done so far. */
  views(): WorkerView[]
  view(): MetricsView
}

export type FiguresDeps = Pick<
  DaemonDeps,
  'version' | 'ownMemory' | 'databaseUpkeep' | 'deadLetters' | 'store' | 'ledger' | 'clock' | 'logger'
> & {
  policy: Pick<Policy, 'memory' | 'nightly'>
  /** Called once it is there. */
  supervisor(): Supervisor
  leads(): boolean
  pruneLedger(): Promise<void>
  /** The execution queue. */
  runs(): { waiting: number; lastWaitsMs: readonly number[] }
}

export function createFigures(deps: FiguresDeps): Figures {
  const { store, ledger, clock, logger, policy } = deps
  const startedMs = clock.monotonicMs()
  let configured: readonly WorkerDefinition[] = []
  const views = (): WorkerView[] => deps.supervisor().views()
  const metrics = createMetrics({ store, clock, logger, views })
  const priorities = createAdaptedPriorities({ store, policy: policy.nightly })
  const memory = createMemoryWatch({
    policy: policy.memory,
    own: deps.ownMemory,
    supervisor: {
      views,
      shed: (name, reason) => deps.supervisor().shed(name, reason),
      letBack: (name) => deps.supervisor().letBack(name),
    },
    ledger,
    clock,
    logger,
  })
  const nightly = createNightly({
    timetable: nightTimetable(policy.nightly),
    store,
    clock,
    logger,
    work: (due) =>
      workNight(due, {
        ...deps,
        policy: policy.nightly,
        configured: () => configured,
        metrics,
        priorities,
        applied: () => deps.supervisor().reload(priorities.onto(configured)),
        stateUpkeep: deps.databaseUpkeep.state,
        queueStatistics: deps.databaseUpkeep.statistics,
      }),
  })

  return {
    metrics,
    memory,
    nightly,
    start() {
      for (const part of [metrics, memory, nightly]) part.start()
    },
    define(next) {
      configured = next
      return priorities.onto(next)
    },
    views: () => metrics.onto(views()),
    view: () =>
      metricsView({
        version: deps.version,
        uptimeMs: () => clock.monotonicMs() - startedMs,
        metrics,
        memory: () => memory.view(),
        views,
        agents: () => configuredAgents(configured),
        runs: () => deps.runs(),
        book: deps.deadLetters.book,
      }),
  }
}
