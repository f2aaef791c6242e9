import type { UrgentVerdict } from '../api/services.ts'
import type { TaskId } from '../domain/ids.ts'
import type { Ledger } from '../ports/ledger.ts'
import type { OperatorQueue } from '../ports/task-queue.ts'
import type { PositionBoard } from './position-board.ts'

/** Makes a task urgent or takes that back, records who did, and answers with the position it has in the new order. */
export async function makeUrgent(
  { queue, ledger, board }: { queue: Pick<OperatorQueue, 'urgent'>; ledger: Ledger; board: PositionBoard },
  id: TaskId,
  by: string,
  undo: boolean,
): Promise<UrgentVerdict> {
  const verdict = await queue.urgent(id, by, undo)
  if (verdict.kind !== 'done' && verdict.kind !== 'unchanged') return { verdict, position: null }
  if (verdict.kind === 'done') {
    ledger.note({
      eventType: undo ? 'task.urgent_undone' : 'task.urgent',
      level: 'info',
      actor: by,
      taskId: id,
      message: undo ? `task ${id} is no longer urgent` : `task ${id} was made urgent`,
    })
  }
  await board.runNow()
  return { verdict, position: board.views().find((view) => view.taskId === id) ?? null }
}
