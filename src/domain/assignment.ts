import type { OfferedTask } from './acceptance.ts'
import type { JrName, TaskId } from './ids.ts'

/** A Jr to whom tasks may be given: online, which is for whoever asks to know. */
export interface Candidate<Task = OfferedTask> {
  name: JrName
  /** Tasks at work and waiting in its line. */
  load: number
  accepts(task: Task): boolean
}

export interface Placement {
  taskId: TaskId
  jrName: JrName
}

export interface Assignment {
  /** In the order of the tasks. */
  placements: Placement[]
  /** Tasks that none of the candidates accepts, in their order. */
  left: TaskId[]
  /** The candidates with what was given out counted in; the next batch goes on from here. */
  candidates: Candidate[]
}

/**
 * Who gets which task (spec §2): the tasks in the order given, each to the least loaded Jr that accepts it, counting what is
 * given out here; ties by name, so that the same question has the same answer on every node.
 */
export function assignTasks(tasks: readonly OfferedTask[], online: readonly Candidate[]): Assignment {
  const candidates = online.map((candidate) => ({ ...candidate })).sort(byName)
  const placements: Placement[] = []
  const left: TaskId[] = []
  for (const task of tasks) {
    const chosen = takerOf(task, candidates)
    if (chosen === undefined) left.push(task.id)
    else {
      chosen.load += 1
      placements.push({ taskId: task.id, jrName: chosen.name })
    }
  }
  return { placements, left, candidates }
}

/**
 * The least loaded of those that accept a task, the first of equals; undefined: nobody does.
 *
 * @param candidates by name
 */
export function takerOf<Task, One extends Candidate<Task>>(
  task: Task,
  candidates: readonly One[],
): One | undefined {
  return candidates.reduce<One | undefined>((best, candidate) => {
    if (!candidate.accepts(task)) return best
    return best === undefined || candidate.load < best.load ? candidate : best
  }, undefined)
}

/** By code units, as the same on every machine whatever its locale. */
export function byName(a: { name: JrName }, b: { name: JrName }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}
