import type { TaskId } from '../ids.ts'
import type { TaskStatus } from '../task.ts'

/** Where a task stands, in one word. `unmanaged`: its status is another program's. `unreadable`: its row is locked away. */
export const whereabouts = [
  'finished',
  'running',
  'waiting_for_time',
  'ready',
  'unmanaged',
  'unreadable',
] as const
export type Whereabouts = (typeof whereabouts)[number]

const anywhereUnfinished = ['running', 'waiting_for_time', 'ready'] as const
const waiting = ['waiting_for_time', 'ready'] as const

/**
 * Every kind of reason, with the whereabouts in which it may be given: what keeps an answer from contradicting itself.
 * Dependencies and rules become kinds of their own when there are such things.
 */
export const reasonPlaces = {
  completed: ['finished'],
  failed: ['finished'],
  cancelled: ['finished'],
  running: ['running'],
  running_without_lease: ['running'],
  scheduled: ['waiting_for_time'],
  backoff: ['waiting_for_time'],
  due: ['waiting_for_time'],
  ready: ['ready'],
  foreign_status: ['unmanaged'],
  table_locked: ['unreadable', ...waiting],
  position: ['running'],
  share: ['running'],
  capacity_wait: ['running'],
  lease: ['running'],
  lease_silent: ['running'],
  lease_expired: ['running'],
  progress: ['running'],
  stuck_later: ['running'],
  stuck: ['running'],
  next_in_line: ['ready'],
  ahead: ['ready'],
  came_back: ['ready'],
  unassigned: ['ready'],
  nobody_online: ['ready'],
  nobody_accepts: ['ready'],
  nobody_leads: ['ready'],
  jr_unknown: waiting,
  jr_offline: waiting,
  jr_online: ['ready'],
  worker_down: waiting,
  worker_absent: waiting,
  claims_held: waiting,
  window_closed: waiting,
  window_open: ['ready'],
  row_locked: anywhereUnfinished,
  read_only: anywhereUnfinished,
  daemon_down: anywhereUnfinished,
  daemon_ending: waiting,
  polling: ['ready'],
  last_attempt: anywhereUnfinished,
} as const satisfies Record<string, readonly Whereabouts[]>
export type ReasonKind = keyof typeof reasonPlaces

export interface Reason {
  kind: ReasonKind
  /** `standing`: where it stands, the first one. `blocks`: what keeps it from running, or its attempt from living. */
  weight: 'standing' | 'blocks' | 'tells'
  /** Plain words, a whole sentence, safe to show. */
  sentence: string
  /** What to do about it, when there is something. */
  next: string | null
}

/** Why a task stands where it stands: the first reason says where, then what blocks it, then the rest. */
export interface Why {
  taskId: TaskId
  title: string
  /** Null: the row could not be read. */
  status: TaskStatus | null
  whereabouts: Whereabouts
  reasons: Reason[]
}

export function standing(kind: ReasonKind, sentence: string, next: string | null = null): Reason {
  return { kind, weight: 'standing', sentence: tidied(sentence), next }
}

export function blocks(kind: ReasonKind, sentence: string, next: string | null = null): Reason {
  return { kind, weight: 'blocks', sentence: tidied(sentence), next }
}

export function tells(kind: ReasonKind, sentence: string, next: string | null = null): Reason {
  return { kind, weight: 'tells', sentence: tidied(sentence), next }
}

/** A name such as `Research Jr.` brings a full stop of its own. */
function tidied(sentence: string): string {
  return sentence.replace(/(?<!\.)\.\.(?!\.)/g, '.')
}
