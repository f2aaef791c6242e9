import type { TaskId } from './ids.ts'

/** What the order of the tasks in progress depends on: columns of the row and nothing else. Times are epoch milliseconds. */
export interface PositionInput {
  readonly id: TaskId
  readonly urgent: boolean
  readonly urgentAt: number | null
  readonly startedAt: number
}

/**
 * The order of the tasks in progress (spec §5): the first is position 1. Urgent ones come first, the latest call first;
 * then whoever started first. Ids end all ties, so every node and every restart computes the same order.
 */
export function orderInProgress<Row extends PositionInput>(rows: readonly Row[]): Row[] {
  return [...rows].sort(comparePositions)
}

/** Negative when `a` stands before `b`; never 0 for two different tasks. */
export function comparePositions(a: PositionInput, b: PositionInput): number {
  if (a.urgent !== b.urgent) return a.urgent ? -1 : 1
  const byCall = a.urgent ? (b.urgentAt ?? b.startedAt) - (a.urgentAt ?? a.startedAt) : 0
  return byCall || a.startedAt - b.startedAt || a.id - b.id
}

/** A number that is never less for who stands later: what `comparePositions` compares first (times are never negative). */
export function positionKey({ urgent, urgentAt, startedAt }: PositionInput): number {
  return urgent ? -(urgentAt ?? startedAt) : startedAt
}

/** One task's change of place between two orders. Positions are from 1. */
export type Movement =
  | { kind: 'joined'; taskId: TaskId; to: number; reason: string }
  | { kind: 'left'; taskId: TaskId; from: number; reason: string }
  | { kind: 'promoted' | 'demoted'; taskId: TaskId; from: number; to: number; reason: string }

interface Place {
  row: PositionInput
  position: number
}
type Places = ReadonlyMap<TaskId, Place>

/**
 * What happened between two orders (each as `orderInProgress` made it), with reasons in plain words: those who left first,
 * by their old position, then the others by their new one. A task that kept its place is not mentioned.
 */
export function movements(before: readonly PositionInput[], after: readonly PositionInput[]): Movement[] {
  const old = placesOf(before)
  const now = placesOf(after)
  const causes = [...before, ...after.filter((row) => !old.has(row.id))]
    .map((row) => row.id)
    .filter((id) => isCause(old.get(id), now.get(id)))
  const left = before
    .filter((row) => !now.has(row.id))
    .map((row): Movement => {
      return { kind: 'left', taskId: row.id, from: positionIn(old, row.id), reason: 'no longer in progress' }
    })
  return [...left, ...after.flatMap((row) => movementOf(row, old, now, causes))]
}

function movementOf(row: PositionInput, old: Places, now: Places, causes: readonly TaskId[]): Movement[] {
  const to = positionIn(now, row.id)
  const was = old.get(row.id)
  if (was === undefined) {
    return [{ kind: 'joined', taskId: row.id, to, reason: row.urgent ? 'started as urgent' : 'started' }]
  }
  if (was.position === to) return []
  const kind = to < was.position ? 'promoted' : 'demoted'
  const reason = ownReason(was.row, row) ?? reasonOfOthers(row.id, kind, old, now, causes)
  return [{ kind, taskId: row.id, from: was.position, to, reason }]
}

function ownReason(was: PositionInput, is: PositionInput): string | undefined {
  if (is.urgent && !was.urgent) return 'made urgent'
  if (!is.urgent && was.urgent) return 'no longer urgent'
  if (is.urgentAt !== was.urgentAt) return 'called urgent again'
  return is.startedAt === was.startedAt ? undefined : 'started again'
}

/** More names than this would not make a line clearer. */
const namedMax = 3

function reasonOfOthers(
  id: TaskId,
  kind: 'promoted' | 'demoted',
  old: Places,
  now: Places,
  causes: readonly TaskId[],
): string {
  const [from, to] = kind === 'promoted' ? [old, now] : [now, old]
  const passing = causes.filter((cause) => isAbove(from, cause, id) && !isAbove(to, cause, id))
  if (passing.length === 0) return 'the order changed'
  const named = passing.slice(0, namedMax).map((cause) => `task ${cause} ${deed(cause, old, now)}`)
  const more = passing.length - named.length
  return named.join(', ') + (more > 0 ? ` and ${more} more` : '')
}

function deed(id: TaskId, old: Places, now: Places): string {
  const was = old.get(id)
  const is = now.get(id)
  if (is === undefined) return 'left'
  if (was === undefined) return is.row.urgent ? 'started as urgent' : 'started before it'
  return ownReason(was.row, is.row) ?? 'moved'
}

/** Only a task that came, went or changed in itself moves others; the rest are moved. */
function isCause(was: Place | undefined, is: Place | undefined): boolean {
  return was === undefined || is === undefined || ownReason(was.row, is.row) !== undefined
}

function isAbove(places: Places, a: TaskId, b: TaskId): boolean {
  return positionIn(places, a) < positionIn(places, b)
}

function positionIn(places: Places, id: TaskId): number {
  return places.get(id)?.position ?? Number.POSITIVE_INFINITY
}

function placesOf(order: readonly PositionInput[]): Places {
  return new Map(order.map((row, index) => [row.id, { row, position: index + 1 }]))
}
