import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { uptime } from 'node:os'

/** One step of one attempt at a task, as the handler itself wrote it down. */
export interface Effect {
  step: 'start' | 'middle' | 'end'
  taskId: number
  attempt: number
  /** Of the attempt's process tree, or its id in the stream. */
  mark: string
  /** By it the attempt is known to the database. */
  keyHash: string
  /** Wall time, epoch milliseconds, to 10 ms. */
  at: number
}

/** What the effects file says from a task on. Throws on a line that is no line: appends are whole, or they are not there. */
export function readEffects(file: string, fromTask: number): Effect[] {
  const bootMs = Date.now() - uptime() * 1000
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => effectOf(line, bootMs))
    .filter(({ taskId }) => taskId >= fromTask)
}

const lineOfEffect = /^(start|middle|end) (\d+) (\d+) (\S+) ([0-9a-f]+) ([0-9.]+)$/

function effectOf(line: string, bootMs: number): Effect {
  const [, step, taskId, attempt, mark, key, seconds] = lineOfEffect.exec(line) ?? []
  if (step === undefined || mark === undefined || key === undefined) throw new Error(`not an effect: ${line}`)
  return {
    step: step as Effect['step'],
    taskId: Number(taskId),
    attempt: Number(attempt),
    mark,
    keyHash: createHash('sha256').update(key).digest('hex'),
    at: bootMs + Number(seconds) * 1000,
  }
}
