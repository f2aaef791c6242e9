import type { TaskId } from '../../src/domain/ids.ts'
import { timestamp } from '../../src/text/format.ts'
import type { ChangeType, Question } from './change.ts'

/** A task is to wait for its time again; what takes back that it was made ready before it. */
export interface ScheduleChange {
  id: TaskId
  /** Epoch milliseconds. */
  at: number
}

export const scheduleChange: ChangeType<'schedule'> = {
  async do(client, { id, at }, signal) {
    const { task } = await client.call('setTask', { id, scheduledAt: at }, signal)
    const isWaiting = task.status === 'scheduled'
    const sentence = isWaiting
      ? `Task ${id} is scheduled again, for ${timestamp(at)}.`
      : `Task ${id} is ${task.status}: its time has come.`
    return { sentence, undo: null }
  },
}

export function scheduleQuestion(id: TaskId, at: number): Question {
  return {
    preview: `Let task ${id} wait again until ${timestamp(at)}?`,
    command: `jrctl tasks set ${id} --at "${timestamp(at)}"`,
    change: { kind: 'schedule', id, at },
  }
}
