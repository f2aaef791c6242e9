import type { OfferedTask } from './acceptance.ts'
import type { JrName, TaskId } from './ids.ts'

/** A Jr to whom tasks may be given: online, which is for whoever asks to know. */
export interface Candidate {
  name: JrName
  /** Tasks at work and waiting in its line. */
  load: number
  accepts(task: OfferedTask): boolean
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
    const chosen = leastLoaded(candidates.filter((candidate) => candidate.accepts(task)))
    if (chosen === undefined) left.push(task.id)
    else {
      chosen.load += 1
      placements.push({ taskId: task.id, jrName: chosen.name })
    }
  }
  return { placements, left, candidates }
}

/** The first of equals: they come by name. */
function leastLoaded(candidates: readonly Candidate[]): Candidate | undefined {
  return candidates.reduce<Candidate | undefined>(
    (best, candidate) => (best === undefined || candidate.load < best.load ? candidate : best),
    undefined,
  )
}

/** By code units, as the same on every machine whatever its locale. */
function byName(a: Candidate, b: Candidate): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}
