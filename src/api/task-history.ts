import type { TaskId } from '../domain/ids.ts'
import type { LedgerEntry } from '../domain/ledger-event.ts'
import { isFinished, type Task } from '../domain/task.ts'
import type { Ledger } from '../ports/ledger.ts'

type Read = Pick<Ledger, 'read'>

/** Who brought a finished task to its end, as far as this node's ledger tells; null: it does not (yet), or it is not finished. */
export function finishedBy(ledger: Read, { id, status }: Pick<Task, 'id' | 'status'>): string | null {
  if (!isFinished(status)) return null
  const [last] = ledger.read({ taskId: id, type: 'task.status_changed', limit: 1 })
  return last?.data?.['to'] === status ? last.actor : null
}

/** Who deleted a task that is not there, and when (epoch milliseconds); null: the ledger knows of no such task. */
export function deletionOf(ledger: Read, id: TaskId): { by: string; at: number } | null {
  const [last] = ledger.read({ taskId: id, type: 'task.deleted', limit: 1 })
  return last === undefined ? null : { by: last.actor, at: happenedAt(last) }
}

/** An event is copied into the ledger after it happened; it knows when that was. */
function happenedAt({ createdAt, data }: LedgerEntry): number {
  const at = data?.['at']
  return typeof at === 'number' ? at : createdAt
}
