import { tasksText } from '../domain/cycle/action-note.ts'
import type { DecidedAction } from '../domain/cycle/decision.ts'
import type { TaskId } from '../domain/ids.ts'
import { safe } from './fit.ts'
import { duration, timestamp } from './format.ts'

/** What a decision would do to which tasks, for a person. */
export function decisionLines(decided: DecidedAction): string[] {
  switch (decided.action) {
    case 'schedule_task':
      return [...Map.groupBy(decided.tasks, ({ at }) => at)].map(
        ([at, tasks]) => `${tasksText(tasks.map(({ id }) => id))}: ${at === null ? 'now' : timestamp(at)}`,
      )
    case 'retry_failed':
      return [
        ...lineOf('retry now', decided.retries),
        ...lineOf(
          'bring back to life',
          decided.deaths.map(({ taskId }) => taskId),
        ),
      ]
    case 'trigger_reconciliation':
      return ['bring queue, leases, workers and local state back into agreement']
    case 'promote_task':
      return lineOf('give priority 1 to', decided.tasks)
    case 'downgrade_task':
      return lineOf(`put off by ${duration(decided.byMs)}`, decided.tasks)
    case 'force_run':
      return lineOf('put before all that is not urgent', decided.tasks)
    case 'rebalance_queue':
      return [...moveLines(decided.moves), ...lineOf('give up (dead letters)', decided.deadLetters)]
    default:
      return decided satisfies never
  }
}

type Moves = Extract<DecidedAction, { action: 'rebalance_queue' }>['moves']

function moveLines(moves: Moves): string[] {
  return [
    ...Map.groupBy(moves, ({ from, to }) => `from ${safe(from)} to ${to === null ? 'nobody' : safe(to)}`),
  ].map(([way, tasks]) => `move ${tasksText(tasks.map(({ taskId }) => taskId))} ${way}`)
}

function lineOf(verb: string, tasks: readonly TaskId[]): string[] {
  return tasks.length === 0 ? [] : [`${verb}: ${tasksText(tasks)}`]
}
