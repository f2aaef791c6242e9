import { healthOf } from '../../src/domain/cycle/health.ts'
import {
  snapshotVersion,
  type QueueSections,
  type Snapshot,
  type TaskRef,
} from '../../src/domain/cycle/snapshot.ts'
import { nodeId, taskId } from '../../src/domain/ids.ts'
import { taskStatuses, type TaskStatus } from '../../src/domain/task.ts'
import { workerStates, type WorkerState } from '../../src/domain/worker.ts'

/** What a look at a queue answers in which nothing is. */
export function emptySections(takenAt = Date.UTC(2026, 0, 1)): QueueSections {
  return {
    takenAt,
    jobs: {
      ...noneByStatus(),
      waiting: 0,
      oldestWaitingMs: null,
      failures1h: 0,
      oldest: [],
      retries: [],
      dead: [],
    },
    deliveries: { ...noneByStatus(), byChannel: [] },
    campaigns: { active: 0, list: [] },
    scores: { tasks: 0, average: null, high: 0, highWaiting: [], lowWaiting: [] },
    onlineJrs: 0,
    lines: [],
  }
}

/** A fleet at rest, but for what the test says of its parts; the health follows of them. */
export function aSnapshot(more: { [Section in keyof Snapshot]?: Partial<Snapshot[Section]> } = {}): Snapshot {
  const { onlineJrs, lines, takenAt, ...sections } = emptySections()
  const base: Snapshot = {
    version: snapshotVersion,
    takenAt,
    nodeId: nodeId('node-a'),
    ...sections,
    scheduler: { windows: [], open: [], closingSoon: [] },
    ledger: { errors1h: 0 },
    workers: {
      byState: Object.fromEntries(workerStates.map((state) => [state, 0])) as Record<WorkerState, number>,
      onlineJrs,
      lines: lines.map((line) => Object.assign({ failuresInARow: 0 }, line)),
    },
    capacity: {
      mode: 'lend',
      unit: 'request',
      positions: 0,
      waiting: 0,
      inFlight: 0,
      ratePerMinute: 100,
    },
    system: {
      score: 100,
      status: 'healthy',
      deductions: [],
      uptimeMs: 0,
      rssBytes: 0,
      heapPercent: 0,
      degraded: [],
    },
  }
  const merged = Object.fromEntries(
    Object.entries(base).map(([section, value]) => {
      const own: unknown = more[section as keyof Snapshot]
      if (own === undefined) return [section, value]
      return [section, typeof value === 'object' ? { ...value, ...(own as object) } : own]
    }),
  ) as unknown as Snapshot
  return { ...merged, system: { ...merged.system, ...healthOf(merged), ...more.system } }
}

export function aTaskRef(id: number, more: Partial<TaskRef> = {}): TaskRef {
  return {
    id: taskId(id),
    version: 1,
    title: `task ${id}`,
    status: 'pending',
    jrName: null,
    channel: null,
    score: null,
    campaignId: null,
    priority: 5,
    ageMs: 0,
    scheduledAt: null,
    ...more,
  }
}

function noneByStatus(): Record<TaskStatus, number> {
  return Object.fromEntries(taskStatuses.map((status) => [status, 0])) as Record<TaskStatus, number>
}
