import type { TaskRef } from '../../snapshot.ts'
import { downgradeMs } from '../periods.ts'
import type { Means, Plan } from '../rule.ts'
import { nothing } from '../rule.ts'
import { chosen } from './chosen.ts'

export function downgrade(candidates: readonly TaskRef[], means: Means): Plan {
  const tasks = chosen(candidates, means)
  return tasks.length === 0
    ? nothing('no task with a score below 40 waits that was not put off within 24 h')
    : {
        kind: 'action',
        action: { action: 'downgrade_task', tasks: tasks.map(({ id }) => id), byMs: downgradeMs },
      }
}
