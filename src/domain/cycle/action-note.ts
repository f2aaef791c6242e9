import type { TaskId } from '../ids.ts'
import type { Decision } from './decision.ts'

/** What an action in the queue did, in plain words: what was changed, and how much was left alone. */
export function noteOf(decision: Decision, changed: readonly TaskId[]): string {
  const wanted = wantedOf(decision)
  const done = wanted
    .map(({ verb, ids }) => ({ verb, tasks: countOf(ids, changed) }))
    .filter(({ tasks }) => tasks > 0)
    .map(({ verb, tasks }) => `${verb} ${tasks} ${tasks === 1 ? 'task' : 'tasks'}`)
  const named = new Set(wanted.flatMap(({ ids }) => ids)).size
  const left = named - countOf([...new Set(wanted.flatMap(({ ids }) => ids))], changed)
  if (done.length === 0) return 'changed nothing: the tasks are no longer as they were, or were so already'
  return `${done.join(', ')}${left > 0 ? `; ${left} left alone, no longer as when it was decided` : ''}`
}

function countOf(ids: readonly TaskId[], changed: readonly TaskId[]): number {
  const known = new Set(changed)
  return ids.filter((id) => known.has(id)).length
}

interface Wanted {
  verb: string
  ids: TaskId[]
}

/** The tasks that a decision names, by what was to be done with them. */
function wantedOf(decision: Decision): Wanted[] {
  switch (decision.action) {
    case 'promote_task':
      return [{ verb: 'promoted', ids: decision.tasks }]
    case 'downgrade_task':
      return [{ verb: 'put off', ids: decision.tasks }]
    case 'force_run':
      return [{ verb: 'put before all that is not urgent', ids: decision.tasks }]
    case 'schedule_task':
      return [
        { verb: 'made ready', ids: decision.tasks.filter(({ at }) => at === null).map(({ id }) => id) },
        { verb: 'scheduled', ids: decision.tasks.filter(({ at }) => at !== null).map(({ id }) => id) },
      ]
    case 'retry_failed':
      return [
        { verb: 'brought forward', ids: decision.retries },
        { verb: 'replayed', ids: decision.deaths.map(({ taskId }) => taskId) },
      ]
    case 'rebalance_queue':
      return [
        { verb: 'moved', ids: decision.moves.map(({ taskId }) => taskId) },
        { verb: 'dead-lettered', ids: decision.deadLetters },
      ]
    case 'trigger_reconciliation':
      return []
    default:
      return decision satisfies never
  }
}
