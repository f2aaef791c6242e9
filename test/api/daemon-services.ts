import { createBus } from '../../src/bus/bus.ts'
import { taskId, jrName, nodeId, instanceId } from '../../src/domain/ids.ts'
import type { FleetBreakerView } from '../../src/domain/breaker-view.ts'
import type { WorkerView } from '../../src/domain/worker.ts'
import { createDeadLetterDesk } from '../../src/daemon/dead-letters/dead-letter-desk.ts'
import type { DaemonServices, ServiceChange } from '../../src/api/services.ts'
import { apiVersion, type PositionView, type StatusView } from '../../src/contract/views.ts'
import type { WorkerCommand } from '../../src/supervisor/supervisor.ts'
import { policyOf } from '../daemon/policy.ts'
import { worker } from '../supervisor/setup.ts'
import { fakeCampaigns } from '../fakes/campaigns.ts'
import { fakeCapacity, type FakeCapacity } from '../fakes/capacity.ts'
import { fakeClock, type FakeClock } from '../fakes/clock.ts'
import { fakeDeadLetterBook } from '../fakes/dead-letter-book.ts'
import { fakeDeadLetters } from '../fakes/dead-letters.ts'
import { fakeLedger, type FakeLedger } from '../fakes/ledger.ts'
import { type FakeLogReader, fakeLogReader } from '../fakes/log-reader.ts'
import { fakeOrchestratorDesk } from '../fakes/orchestrator-desk.ts'
import { fakeAttemptKeys } from '../fakes/attempt-keys.ts'
import { fakeRandom } from '../fakes/random.ts'
import { metricsOf } from '../fakes/metrics-view.ts'
import { fakeQueueInsight } from '../fakes/queue-insight.ts'
import { fakeTaskQueue, type FakeTaskQueue } from '../fakes/task-queue.ts'

export interface FakeServices extends DaemonServices {
  capacity: FakeCapacity
  clock: FakeClock
  queue: FakeTaskQueue
  ledger: FakeLedger
  /** Everybody's log. */
  log: FakeLogReader
  /** What was asked of the daemon, by whom. */
  readonly asked: { what: string; by: string }[]
  change(change: ServiceChange): void
  /** Nothing more is claimed, for this reason. */
  hold(reason: string | null): void
  readonly subscribers: number
}

export const closedFleetBreaker: FleetBreakerView = {
  state: 'closed',
  reason: '',
  count: 0,
  limit: 50,
  windowMs: 3_600_000,
  probeAt: null,
  workers: [],
}

/** A daemon of fakes with one worker, `a_jr`. */
export function fakeServices(): FakeServices {
  const clock = fakeClock()
  const queue = fakeTaskQueue(clock)
  const ledger = fakeLedger(clock)
  const log = fakeLogReader()
  const listeners = new Set<(change: ServiceChange) => void>()
  const asked: FakeServices['asked'] = []
  let held: string | null = null
  const subscribe: FakeServices['subscribe'] = (listener) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }
  return {
    queue,
    insight: fakeQueueInsight(queue, clock),
    attempts: {
      queue,
      keys: fakeAttemptKeys(queue),
      nodeId: nodeId('node'),
      pid: 42,
      leaseMs: 60_000,
      clock,
      random: fakeRandom(1),
      listening: () => true,
      held: () => held,
      supervises: (instance) => instance === 'instance',
      subscribe,
    },
    capacity: fakeCapacity(clock),
    clock,
    deadLetters: createDeadLetterDesk({
      letters: fakeDeadLetters(queue),
      queue,
      book: fakeDeadLetterBook(),
      nowMs: () => clock.wallMs(),
    }),
    orchestrator: fakeOrchestratorDesk(),
    campaigns: fakeCampaigns(clock),
    windows: () => [],
    ledger,
    log,
    logOf: (jr, instance) => ({ path: `/logs/${jr ?? 'daemon'}.${instance}.log`, reader: log }),
    bus: createBus({ policy: policyOf().bus, clock, random: fakeRandom(2) }),
    taskRows: { rows: async () => [] },
    asked,
    status: async () => ({ ...statusView(), queue: await queue.counts() }),
    workers: () => [workerView()],
    metrics: () => metricsOf([workerView()]),
    definitionOf: (name) => (name === 'a_jr' ? worker({ name, env: { SECRET: 'canary' } }) : undefined),
    breaker: () => closedFleetBreaker,
    configured: () => [jrName('a_jr'), jrName('off_jr')],
    async commandWorker(name, command, by) {
      asked.push({ what: describe(command), by })
      if (name !== 'a_jr') return { kind: 'not_found', known: [jrName('a_jr')] }
      if (command.kind === 'resume') return { kind: 'refused', reason: 'a_jr is not paused' }
      return { kind: 'done', workers: [workerView()] }
    },
    async urgent(id, by, undo) {
      const verdict = await queue.urgent(id, by, undo)
      return { verdict, position: verdict.kind === 'done' ? positionView(id) : null }
    },
    async reload(by) {
      asked.push({ what: 'reload', by })
      if (by.startsWith('breaker'))
        return { kind: 'refused', problems: ['jrctl.toml:3: found nothing', 'and more'] }
      return { kind: 'reloaded', changed: ['workers'] }
    },
    shutdown(by, { workers = 'stop' }) {
      asked.push({ what: 'shutdown', by })
      return workers
    },
    identity: () => ({ version: '0.0.0', pid: 42, manager: null }),
    subscribe,
    hold: (reason) => void (held = reason),
    change: (change) => {
      for (const listener of listeners) listener(change)
    },
    get subscribers() {
      return listeners.size
    },
  }
}

function describe(command: WorkerCommand): string {
  if (command.kind === 'scale') return `scale ${command.instances}`
  const instance = 'instance' in command ? command.instance : undefined
  return instance === undefined ? command.kind : `${command.kind} #${instance}`
}

export function positionView(id: number, position = 1, title = `Task ${id}`): PositionView {
  return {
    position,
    taskId: taskId(id),
    title,
    worker: jrName('a_jr'),
    nodeId: nodeId('node'),
    urgent: position === 1,
    progressPercent: 40,
    attempt: 1,
    startedAt: Date.UTC(2026, 0, 1),
    capacityPct: 100 / 2 ** position,
    ratePerMinute: 200 / 2 ** position,
    tokens: 12.34,
    burst: 400 / 2 ** position,
  }
}

export function workerView(more: Partial<WorkerView> = {}): WorkerView {
  return {
    name: jrName('a_jr'),
    slot: 1,
    instanceId: instanceId('instance'),
    state: 'running',
    reason: 'started',
    pid: 4711,
    startedAt: Date.UTC(2026, 0, 1),
    restarts: 0,
    lastExit: null,
    nextStartAt: null,
    heartbeatAgeMs: 1200,
    rssBytes: 52_428_800,
    cpuPercent: 1,
    logFile: '/logs/a_jr.log',
    adopted: false,
    priority: 3,
    department: null,
    ...more,
  }
}

export function statusView(): StatusView {
  return {
    apiVersion,
    version: '1.2.3',
    daemon: {
      pid: 42,
      nodeId: nodeId('node'),
      startedAt: Date.UTC(2026, 0, 1),
      uptimeMs: 90_000,
      rssBytes: 90 * 1024 * 1024,
      stateDir: '/state',
      configPath: null,
      phase: 'running',
    },
    database: {
      state: 'up',
      target: 'db.example.org/fleet',
      embedded: false,
      listening: true,
      lastError: null,
    },
    queueAgeMs: 0,
    queue: {
      byStatus: {
        pending: 0,
        scheduled: 0,
        assigned: 0,
        in_progress: 0,
        retry: 0,
        completed: 0,
        failed: 0,
        cancelled: 0,
      },
      oldestReadyMs: null,
    },
    positions: [],
    workers: [workerView()],
  }
}
