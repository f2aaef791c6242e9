import { parseTaskId, type TaskId } from './ids.ts'

/**
 * How an attempt shows itself to the API: its secret, and the task's id before it, so that also an attempt that has ended is
 * found without a search through history. The secret alone (which `jrctl work` hands its commands) is known while it is open.
 */
export interface AttemptKey {
  taskId: TaskId | null
  /** 64 hexadecimal digits. */
  secret: string
}

export function attemptKeyText(taskId: TaskId, secret: string): string {
  return `jrk-${taskId}-${secret}`
}

/** Undefined: this is no attempt key. */
export function parseAttemptKey(text: string): AttemptKey | undefined {
  const match = /^(?:jrk-(\d{1,16})-)?([0-9a-f]{64})$/.exec(text)
  const [, id, secret] = match ?? []
  if (secret === undefined) return undefined
  if (id === undefined) return { taskId: null, secret }
  const taskId = parseTaskId(id)
  return taskId === undefined ? undefined : { taskId, secret }
}
