import type { TaskId } from '../../../domain/ids.ts'
import type { Task } from '../../../domain/task.ts'
import type { OperatorVerdict } from '../../../ports/task-queue.ts'
import type { Database, Queryable } from '../connect.ts'
import { asActor } from './as-actor.ts'
import { lockTask, readTask } from './get.ts'

/** What an operator's wish comes to, given the task as it stands. */
export type Plan =
  | { kind: 'unchanged' }
  | { kind: 'refused' }
  /** SQL that changes the row; $1 is its id, more parameters follow. */
  | { kind: 'change'; statement: string; values: readonly unknown[] }

/** Looks at the locked row, decides, changes it and answers with how it stands then; in one signed transaction. */
export function decideAndChange(
  db: Database,
  id: TaskId,
  by: string,
  decide: (task: Task, tx: Queryable) => Plan | Promise<Plan>,
): Promise<OperatorVerdict> {
  return asActor(db, by, async (tx) => {
    const task = await lockTask(tx, id)
    if (task === null) return { kind: 'not_found' }
    const plan = await decide(task, tx)
    if (plan.kind === 'unchanged') return { kind: 'unchanged', task }
    if (plan.kind === 'refused') return { kind: 'refused', status: task.status, task }
    await tx.query(plan.statement, [id, ...plan.values])
    return { kind: 'done', task: (await readTask(tx, id)) ?? task }
  })
}

/** Where a row waits that is ready: with its Jr, or with everybody. */
export const waitingStatus = (jr: string): string =>
  `case when coalesce(${jr}, '') = '' then 'pending' else 'assigned' end`
