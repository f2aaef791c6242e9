import type { TaskRef } from '../../snapshot.ts'
import type { Means, Plan } from '../rule.ts'
import { nothing } from '../rule.ts'
import { chosen } from './chosen.ts'

export function forceRun(candidates: readonly TaskRef[], means: Means): Plan {
  const tasks = chosen(candidates, means)
  return tasks.length === 0
    ? nothing('the oldest were put before the others within the last hour already')
    : { kind: 'action', action: { action: 'force_run', tasks: tasks.map(({ id }) => id) } }
}
