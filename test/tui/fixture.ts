import type { PositionView, StatusView } from '../../src/contract/views.ts'
import { instanceId, jrName, nodeId, taskId } from '../../src/domain/ids.ts'
import { type ListedTask, type Task, type TaskStatus, taskStatuses } from '../../src/domain/task.ts'
import type { WorkerState, WorkerView } from '../../src/domain/worker.ts'
import { aTask } from '../support/task.ts'
import type { AppEvent } from '../../tui/event.ts'
import { reduce } from '../../tui/reduce.ts'
import { settleList } from '../../tui/settle.ts'
import { type AppState, type Effect, initialState, type Now, type Size } from '../../tui/state.ts'

/** The moment of every fixture. */
export const now: Now = { wallMs: Date.UTC(2026, 10, 21, 12), monotonicMs: 500_000 }
export const later = (ms: number): Now => ({ wallMs: now.wallMs + ms, monotonicMs: now.monotonicMs + ms })

const jrs = ['Software Engineer Jr.', 'Research Jr.', 'Infrastructure Jr.', 'it_triad_jr'].map(jrName)

export function position(place: number, more: Partial<PositionView> = {}): PositionView {
  const share = 100 / 2 ** place
  return {
    position: place,
    taskId: taskId(40 + place),
    title: `Task number ${40 + place} of the fixture`,
    worker: jrs[place % jrs.length] ?? null,
    nodeId: nodeId('node-a'),
    urgent: false,
    progressPercent: (place * 17) % 100,
    attempt: 1,
    startedAt: now.wallMs - place * 61_000,
    capacityPct: share,
    ratePerMinute: 2 * share,
    tokens: share,
    burst: 4 * share,
    ...more,
  }
}

export function worker(index: number, state: WorkerState, more: Partial<WorkerView> = {}): WorkerView {
  const alive = state === 'running'
  return {
    name: jrs[index % jrs.length] ?? jrName('x'),
    slot: 1 + Math.floor(index / jrs.length),
    instanceId: instanceId(`instance-${index}`),
    state,
    reason: alive ? 'running' : `it is ${state}`,
    pid: alive ? 4000 + index : null,
    startedAt: alive ? now.wallMs - 7_400_000 : null,
    restarts: index,
    lastExit: null,
    nextStartAt: null,
    heartbeatAgeMs: alive ? index * 9000 : null,
    rssBytes: alive ? (60 + index) * 1024 * 1024 : null,
    cpuPercent: null,
    p95Ms: alive ? 340 * 10 ** index : null,
    logFile: '/var/log/jrctl/x.log',
    adopted: false,
    priority: 3,
    department: null,
    ...more,
  }
}

export function task(id: number, status: TaskStatus, more: Partial<Task> = {}): Task {
  return aTask({
    id: taskId(id),
    title: `Task number ${id} of the fixture`,
    description: 'Read the file.\nWrite a report.',
    createdBy: 'somebody',
    assignedJr: jrs[id % jrs.length] ?? null,
    status,
    progressPercent: status === 'completed' ? 100 : 0,
    createdAt: now.wallMs - id * 60_000,
    attempts: 1,
    ...more,
  })
}

/** As lists have it. */
export function listed(id: number, status: TaskStatus, more: Partial<Task> = {}): ListedTask {
  return { ...task(id, status, more), isCut: false }
}

const noTasks = Object.fromEntries(taskStatuses.map((status) => [status, 0])) as Record<TaskStatus, number>

export function statusView(more: Partial<StatusView> = {}): StatusView {
  return {
    apiVersion: 1,
    version: '0.1.0',
    daemon: {
      pid: 4711,
      nodeId: nodeId('node-a'),
      startedAt: now.wallMs - 600_000,
      uptimeMs: 600_000,
      rssBytes: 88 * 1024 * 1024,
      stateDir: '/var/lib/jrctl',
      configPath: null,
      phase: 'running',
    },
    database: {
      state: 'up',
      target: 'db.example:5432/fleet',
      embedded: false,
      listening: true,
      lastError: null,
    },
    queue: { byStatus: { ...noTasks, pending: 672, in_progress: 5, completed: 91 }, oldestReadyMs: 48_000 },
    queueAgeMs: 0,
    positions: [1, 2, 3, 4, 5].map((place) => position(place)),
    workers: [
      worker(0, 'running'),
      worker(1, 'running'),
      worker(2, 'backoff'),
      worker(3, 'disabled_by_failure'),
    ],
    ...more,
  }
}

export const small: Size = { columns: 80, rows: 24 }
export const wide: Size = { columns: 120, rows: 40 }

export function stateOf(given: { status?: StatusView; size?: Size; readOnly?: boolean } = {}): AppState {
  const { size = small, readOnly = false, status = statusView() } = given
  return settleList(initialState({ now, size, readOnly, status }))
}

export interface Played {
  state: AppState
  /** All that was asked for on the way. */
  effects: Effect[]
}

/** The state after these events; a string is a key by its name. */
export function play(state: AppState, ...events: (AppEvent | string)[]): Played {
  const effects: Effect[] = []
  let current = state
  for (const event of events) {
    const next = reduce(current, typeof event === 'string' ? keyEvent(event) : event)
    current = next.state
    effects.push(...next.effects)
  }
  return { state: current, effects }
}

/** A word as its keys. */
export function letters(word: string): string[] {
  return Array.from(word)
}

function keyEvent(name: string): AppEvent {
  return { kind: 'key', key: { name, text: Array.from(name).length === 1 ? name : '' } }
}
