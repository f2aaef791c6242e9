import type { TaskId } from '../ids.ts'
import type { Decision } from './decision.ts'

/** What an action in the queue did, in plain words: what was changed, which tasks, and how many were left alone. */
export function noteOf(decision: Decision, changed: readonly TaskId[]): string {
  const wanted = wantedOf(decision)
  const known = new Set(changed)
  const done = wanted
    .map(({ verb, ids }) => ({ verb, tasks: ids.filter((id) => known.has(id)) }))
    .filter(({ tasks }) => tasks.length > 0)
    .map(({ verb, tasks }) => `${verb} ${tasksText(tasks)}`)
  const named = [...new Set(wanted.flatMap(({ ids }) => ids))]
  const left = named.filter((id) => !known.has(id)).length
  if (done.length === 0)
    return 'changed nothing: the tasks are no longer as they were, were so already, or rest'
  return `${done.join(', ')}${left > 0 ? `; ${left} left alone, no longer as when it was decided` : ''}`
}

/** Tasks that a sentence names; an action has ten, unless the configuration says more. */
const namedMax = 10

/** `1 task #7`, `12 tasks #1, … #10 and 2 more`. */
export function tasksText(ids: readonly TaskId[]): string {
  const numbers = ids.slice(0, namedMax).map((id) => `#${id}`)
  const more = ids.length > namedMax ? ` and ${ids.length - namedMax} more` : ''
  return `${ids.length} ${ids.length === 1 ? 'task' : 'tasks'} ${numbers.join(', ')}${more}`
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
