import type { ListedTask, TaskStatus } from '../../../src/domain/task.ts'
import { age, percent } from '../../../src/text/format.ts'
import type { Role } from '../../line.ts'
import type { AppState } from '../../state.ts'

/** How a status looks, on every screen. */
export const statusRoles: Record<TaskStatus, Role | null> = {
  pending: null,
  scheduled: 'dim',
  assigned: null,
  in_progress: 'accent',
  retry: 'warn',
  completed: 'good',
  failed: 'bad',
  cancelled: 'dim',
}

/** Room for any of them: `100 % #12 0.02 %`. */
export const standingCells = 16
/** Without the share: `100 % #12`, `again in 5 min`. */
export const narrowStandingCells = 14

/** What there is to know of a task by its status: how far it is, how long it has waited, when it comes, when it ended. */
export function standing(task: ListedTask, { status }: Pick<AppState, 'status'>, isNarrow: boolean): string {
  const nowMs = status.at.wallMs
  const { createdAt, completedAt, scheduledAt, progressPercent } = task
  switch (task.status) {
    case 'in_progress': {
      const place = status.view.positions.find(({ taskId }) => taskId === task.id)
      if (!place) return `${progressPercent} %`
      const share = isNarrow ? '' : ` ${percent(place.capacityPct)}`
      return `${progressPercent} % #${place.position}${share}`
    }
    case 'retry':
      return until('again', scheduledAt, nowMs)
    case 'scheduled':
      return until('ready', scheduledAt, nowMs)
    case 'pending':
    case 'assigned':
      if (isForUnseen(task, status)) return isNarrow ? 'no such Jr' : 'no such Jr seen'
      return `waits ${age(nowMs - createdAt)}`
    case 'completed':
    case 'failed':
    case 'cancelled':
      return completedAt === null ? '–' : `${age(nowMs - completedAt)} ago`
    default:
      return task.status satisfies never
  }
}

/** Waits it for a Jr that was never seen? So it would wait for ever. */
export function isForUnseen(
  { status, assignedJr }: Pick<ListedTask, 'status' | 'assignedJr'>,
  { view }: AppState['status'],
): boolean {
  const isReady = status === 'pending' || status === 'assigned'
  return isReady && (view.cluster?.unseen ?? []).some(({ jr }) => jr === assignedJr)
}

function until(what: string, atMs: number | null, nowMs: number): string {
  return atMs === null || atMs <= nowMs ? `${what} now` : `${what} in ${age(atMs - nowMs)}`
}
