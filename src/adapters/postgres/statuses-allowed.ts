import { taskStatuses } from '../../domain/task.ts'
import type { CheckShape } from './table-shape.ts'

/**
 * Statuses of ours that a check constraint would refuse. Its text is read, not run: a constraint that lists statuses lists
 * them as literals, and one that names none of ours is about something else.
 */
export function refusedStatuses({ definition }: CheckShape): string[] {
  const isNamed = (status: string): boolean => definition.includes(`'${status}'`)
  return taskStatuses.some(isNamed) ? taskStatuses.filter((status) => !isNamed(status)) : []
}
