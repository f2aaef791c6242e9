import type { Deduction } from '../domain/cycle/health.ts'
import type {
  CampaignView,
  DeliveriesSection,
  LineView,
  Snapshot,
  TaskRef,
} from '../domain/cycle/snapshot.ts'
import type { WindowView } from '../domain/cycle/windows.ts'
import { taskStatuses, type TaskStatus } from '../domain/task.ts'
import { workerStates, type WorkerState } from '../domain/worker.ts'

/**
 * How a value of a snapshot looks to CEL. What is missing becomes what no comparison mistakes for something: 0 of counts and
 * waits, NaN (which is neither above nor below anything) of doubles, '' of texts. Times are doubles, so that one that is missing is
 * never soon.
 */
export type FieldType = 'int' | 'double' | 'string' | 'bool' | 'strings' | TypeName | `list:${TypeName}`

export const typeNames = [
  'Task',
  'Channel',
  'Window',
  'Campaign',
  'Line',
  'Deduction',
  'WorkersByState',
] as const
export type TypeName = (typeof typeNames)[number]

export type Fields<Shape = Record<string, unknown>> = Readonly<Record<keyof Shape & string, FieldType>>

const statusCounts = Object.fromEntries(taskStatuses.map((status) => [status, 'int'])) as Record<
  TaskStatus,
  'int'
>

/** The tables within the sections, by the names that messages give them. */
export const types = {
  Task: {
    id: 'int',
    version: 'int',
    title: 'string',
    status: 'string',
    jrName: 'string',
    channel: 'string',
    score: 'double',
    campaignId: 'int',
    priority: 'int',
    ageMs: 'int',
    scheduledAt: 'double',
  } satisfies Fields<TaskRef>,
  Channel: { channel: 'string', waiting: 'int', next: 'list:Task' } satisfies Fields<
    DeliveriesSection['byChannel'][number]
  >,
  Window: {
    channel: 'string',
    isOpen: 'bool',
    strict: 'bool',
    opensAt: 'double',
    closesAt: 'double',
    closingSoon: 'bool',
  } satisfies Fields<WindowView>,
  Campaign: {
    id: 'int',
    name: 'string',
    budget: 'double',
    startsAt: 'double',
    endsAt: 'double',
    waiting: 'int',
    next: 'list:Task',
  } satisfies Fields<CampaignView>,
  Line: {
    jrName: 'string',
    online: 'bool',
    load: 'int',
    waiting: 'int',
    failuresInARow: 'int',
    last: 'list:Task',
  } satisfies Fields<LineView>,
  Deduction: { kind: 'string', points: 'int', reason: 'string' } satisfies Fields<Deduction>,
  WorkersByState: Object.fromEntries(workerStates.map((state) => [state, 'int'])) as Record<
    WorkerState,
    'int'
  >,
} satisfies Record<TypeName, Fields>

type Sections = Omit<Snapshot, 'version' | 'takenAt' | 'nodeId'>

/** The sections of a snapshot, field by field, by the names of its JSON. */
export const sections = {
  jobs: {
    ...statusCounts,
    waiting: 'int',
    oldestWaitingMs: 'int',
    failures1h: 'int',
    oldest: 'list:Task',
    retries: 'list:Task',
    dead: 'list:Task',
  },
  deliveries: { ...statusCounts, byChannel: 'list:Channel' },
  scheduler: { windows: 'list:Window', open: 'strings', closingSoon: 'strings' },
  campaigns: { active: 'int', list: 'list:Campaign' },
  scores: {
    tasks: 'int',
    average: 'double',
    high: 'int',
    highWaiting: 'list:Task',
    lowWaiting: 'list:Task',
  },
  ledger: { errors1h: 'int' },
  workers: { byState: 'WorkersByState', onlineJrs: 'int', lines: 'list:Line' },
  capacity: {
    mode: 'string',
    unit: 'string',
    positions: 'int',
    waiting: 'int',
    inFlight: 'int',
    ratePerMinute: 'double',
  },
  system: {
    score: 'int',
    status: 'string',
    deductions: 'list:Deduction',
    uptimeMs: 'int',
    rssBytes: 'int',
    heapPercent: 'double',
    degraded: 'strings',
  },
} satisfies { [Section in keyof Sections]: Fields<Sections[Section]> }

/** What stands beside the sections. */
export const plainVariables = { takenAt: 'double', nodeId: 'string' } as const

/** Spans of time in milliseconds, as the snapshot has them. */
export const spans = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const
