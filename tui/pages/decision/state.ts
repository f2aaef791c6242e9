import { type DecisionRecord, tasksOf } from '../../../src/domain/cycle/decision.ts'
import type { TaskId } from '../../../src/domain/ids.ts'
import type { AppState } from '../../state.ts'

/** A page of a decision, at one of the tasks that it names: `3-17-1 0`. */
export function decisionPageId(decision: string, task = 0): string {
  return `${decision} ${task}`
}

export interface ShownDecision {
  /** Null: it is not among the decisions that have come; undefined: none have. */
  record: DecisionRecord | null | undefined
  tasks: readonly TaskId[]
  /** Which of them is chosen. */
  chosen: number
}

export function shownDecision({ loaded }: AppState, id: string): ShownDecision {
  const end = id.lastIndexOf(' ')
  const [name, index] = [id.slice(0, end), Number(id.slice(end + 1))]
  const records = loaded.decisions?.answer
  const record = records && (records.find(({ decision }) => decision.id === name) ?? null)
  const tasks = record ? [...new Set(tasksOf(record.decision))] : []
  return { record, tasks, chosen: tasks.length === 0 ? 0 : index % tasks.length }
}
