import type { TaskRef } from '../../snapshot.ts'
import type { Means, Plan } from '../rule.ts'
import { nothing } from '../rule.ts'
import { chosen } from './chosen.ts'

/** What promoting makes of a task's priority; lower goes first. */
const promoted = 1

/** Those that are not there already. */
export function promote(candidates: readonly TaskRef[], means: Means): Plan {
  const tasks = chosen(
    candidates.filter(({ priority }) => priority > promoted),
    means,
  )
  return tasks.length === 0
    ? nothing('those that wait have priority 1 already')
    : { kind: 'action', action: { action: 'promote_task', tasks: tasks.map(({ id }) => id) } }
}
