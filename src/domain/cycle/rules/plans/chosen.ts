import type { TaskRef } from '../../snapshot.ts'
import type { Means } from '../rule.ts'

/** The first that may be decided upon, in their order, each once. */
export function chosen(tasks: readonly TaskRef[], means: Pick<Means, 'isFree' | 'tasksMax'>): TaskRef[] {
  const seen = new Set<number>()
  const found: TaskRef[] = []
  for (const task of tasks) {
    if (found.length >= means.tasksMax) break
    if (seen.has(task.id) || !means.isFree(task.id)) continue
    seen.add(task.id)
    found.push(task)
  }
  return found
}
