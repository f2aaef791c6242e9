import type { TaskChangeView } from '../contract/outputs.ts'
import { apiVersion } from '../contract/views.ts'
import { sanitize } from '../domain/sanitize.ts'
import type { OperatorVerdict } from '../ports/task-queue.ts'
import { isFinished, type TaskStatus } from '../domain/task.ts'
import { Refusal } from './refusal.ts'

/** What completes "cannot be …". */
type RefusedChange = 'made urgent' | 'changed' | 'cancelled' | 'retried'

/** A verdict of the queue as an answer, or thrown as the refusal it is. */
export function changeOf(id: number, what: RefusedChange, verdict: OperatorVerdict): TaskChangeView {
  switch (verdict.kind) {
    case 'done':
      return { apiVersion, changed: true, task: verdict.task }
    case 'unchanged':
      return { apiVersion, changed: false, task: verdict.task }
    case 'not_found':
      throw taskNotFound(id)
    case 'refused':
      throw taskRefused(id, what, verdict.status)
    default:
      return verdict satisfies never
  }
}

function taskRefused(id: number, what: RefusedChange, status: TaskStatus): Refusal {
  const words = status.replace('_', ' ')
  return new Refusal(
    409,
    'task.refused',
    `Task ${id} is ${words} and cannot be ${what}`,
    hintOf(id, what, status),
  )
}

function hintOf(id: number, what: RefusedChange, status: TaskStatus): string {
  if (!isFinished(status)) return `See where it stands with: jrctl tasks show ${id}`
  // Who cancels a task does not want it done once more.
  if (what === 'cancelled')
    return `It is finished; there is nothing left to cancel. See: jrctl tasks show ${id}`
  const again = status === 'completed' ? ' --again' : ''
  return `It is finished; make it ready again with: jrctl tasks retry ${id}${again}`
}

/** @param deletion who deleted it and when, where that is known */
export function taskNotFound(id: number, deletion: { by: string; at: number } | null = null): Refusal {
  if (deletion === null)
    return new Refusal(404, 'task.not_found', `There is no task ${id}`, 'See `jrctl tasks list`.')
  const when = new Date(deletion.at).toISOString().replace(/\.\d+/, '')
  return new Refusal(
    404,
    'task.not_found',
    `Task ${id} is purged or deleted: by ${sanitize(deletion.by)}, at ${when}`,
    `What was known of it: jrctl ledger --task ${id}, or, if it died: jrctl dlq show ${id}`,
  )
}
