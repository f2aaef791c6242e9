import type { SchedulePolicy, WorkerDefinition } from '../../config/policy.ts'
import type { InstanceId, JrName, NodeId } from '../../domain/ids.ts'
import type { RunOutcome } from '../../domain/runs/run-ending.ts'
import type { Timetable } from '../../domain/runs/timetable.ts'
import type { WorkerState } from '../../domain/worker.ts'
import type { DeadLetterBook } from '../../ports/dead-letters.ts'
import type { Supervisor, SupervisorDeps } from '../supervisor.ts'

/** What the runs of scheduled workers need, beside what every supervised process does. */
export interface RunsDeps extends SupervisorDeps {
  /** Compiles what the configuration has checked; throws BugError otherwise. */
  timetableOf(schedule: SchedulePolicy): Timetable
  /** Takes the runs that were given up. */
  letters: Pick<DeadLetterBook, 'add' | 'prune'>
  nodeId: NodeId
  /** The dependencies of a worker that are not well, now (spec §4); empty: it may run. */
  unhealthy(definition: WorkerDefinition): UnhealthyDependency[]
  /** How many floors of dependencies a worker stands on. */
  depthOf(definition: WorkerDefinition): number
  /** Told of each try that has ended. Must not throw. */
  onRun(record: RunRecord): void
}

export interface UnhealthyDependency {
  name: string
  state: WorkerState
}

/** One try at a run, over. Times are epoch milliseconds. */
export interface RunRecord {
  worker: JrName
  runId: InstanceId
  /** The time it was due; null: somebody asked for it. */
  due: number | null
  /** From 1. */
  attempt: number
  outcome: RunOutcome
  /** In plain words: `exited with code 3`. */
  ending: string
  startedAt: number
  durationMs: number
  /** From being due, asked for or ready for another try, to its start. */
  queuedMs: number
  /** What follows: nothing, another try, or a dead letter. */
  next: 'rest' | 'retry' | 'die'
}

/** The execution queue in figures. */
export interface RunFigures {
  /** Runs that wait, those between two tries included. */
  waiting: number
  running: number
  /** Of those that could begin but for their turn; 0 when none waits. */
  oldestWaitMs: number
  /** Of the latest 1,000 tries begun. */
  lastWaitsMs: readonly number[]
  /** Since this daemon began. */
  begun: number
  skipped: number
  missed: number
}

/**
 * The scheduled workers: for each time that comes a run, in the order of the execution queue. Speaks as a supervisor does, but
 * that nothing of it is kept running.
 */
export interface Runs extends Omit<Supervisor, 'breaker'> {
  /** Finds what an earlier daemon began; part of the start, for those who want it sooner. */
  adopt(): Promise<void>
  /** No time is due any more and nothing that waits begins; what is at work goes on. The first step of a shutdown. */
  closeSchedules(): void
  /** Asks for a run now; `patient`: it may wait for those that are on. Answers why not, or null when it is in the queue. */
  runNow(name: JrName, by: string, patient?: boolean): string | null
  figures(): RunFigures
}
