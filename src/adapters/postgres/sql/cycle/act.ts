import type { Decision } from '../../../../domain/cycle/decision.ts'
import { periodsMs } from '../../../../domain/cycle/rules/periods.ts'
import { BugError } from '../../../../errors.ts'
import { errorForDatabase } from '../../outgoing-values.ts'
import { downgradeTask } from './downgrade-task.ts'
import { forceRun } from './force-run.ts'
import { promoteTask } from './promote-task.ts'
import { rebalanceQueue } from './rebalance-queue.ts'
import { retryFailed } from './retry-failed.ts'
import { scheduleTask } from './schedule-task.ts'
import { statementOf } from './task-action.ts'

/** A decision's statement and its parameters from $6 on. A task that is named twice counts once. */
export interface ActionStatement {
  statement: string
  values: readonly unknown[]
}

/** Exported for the tests that read their plans. */
export const statements = {
  promote_task: statementOf(promoteTask),
  downgrade_task: statementOf(downgradeTask),
  force_run: statementOf(forceRun),
  schedule_task: statementOf(scheduleTask),
  retry_failed: statementOf(retryFailed),
  rebalance_queue: statementOf(rebalanceQueue),
} as const

/** @param offlineAfterMs a Jr that was not seen for so long is not there */
export function actionStatement(decision: Decision, offlineAfterMs: number): ActionStatement {
  switch (decision.action) {
    case 'promote_task':
      return { statement: statements.promote_task, values: [unique(decision.tasks)] }
    case 'downgrade_task':
      return { statement: statements.downgrade_task, values: [unique(decision.tasks), decision.byMs] }
    case 'force_run':
      return { statement: statements.force_run, values: [unique(decision.tasks), offlineAfterMs] }
    case 'schedule_task': {
      const tasks = once(decision.tasks, ({ id }) => id)
      return {
        statement: statements.schedule_task,
        values: [tasks.map(({ id }) => id), tasks.map(({ at }) => at)],
      }
    }
    case 'retry_failed': {
      const deaths = once(decision.deaths, ({ taskId }) => taskId)
      return {
        statement: statements.retry_failed,
        values: [
          unique(decision.retries),
          deaths.map(({ taskId }) => taskId),
          deaths.map(({ version }) => version),
        ],
      }
    }
    case 'rebalance_queue': {
      const moves = once(decision.moves, ({ taskId }) => taskId)
      const moved = new Set(moves.map(({ taskId }) => taskId))
      return {
        statement: statements.rebalance_queue,
        values: [
          moves.map(({ taskId }) => taskId),
          moves.map(({ from }) => from),
          moves.map(({ to }) => to),
          unique(decision.deadLetters).filter((id) => !moved.has(id)),
          errorForDatabase(deathOf(decision)),
          periodsMs.rebalance_queue,
        ],
      }
    }
    case 'trigger_reconciliation':
      throw new BugError('a reconciliation is done by the daemon, not by the queue')
    default:
      return decision satisfies never
  }
}

function deathOf({ id, rule, reason }: Decision): string {
  return `dead-lettered by the cycle after two hours of waiting in an emergency (${rule}, decision ${id}): ${reason}`
}

function unique<Id>(ids: readonly Id[]): Id[] {
  return [...new Set(ids)]
}

function once<T>(items: readonly T[], keyOf: (item: T) => unknown): T[] {
  return [...new Map(items.map((item) => [keyOf(item), item])).values()]
}
