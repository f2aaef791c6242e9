import { type DeadLetter, deadLetterOfTask, parseDeadLetterId } from '../../src/domain/dead-letter.ts'
import type { DeadLetterListView } from '../../src/contract/outputs.ts'
import { jrName, nodeId, taskId } from '../../src/domain/ids.ts'
import type { AppEvent } from '../../tui/event.ts'
import { letterQuery } from '../../tui/screens/dead-letters/query.ts'
import { now } from './fixture.ts'

const nothing = {
  nodeId: null,
  settledAt: null,
  settledBy: null,
  department: null,
  schedule: null,
  lastHealthCheckAt: null,
  payload: null,
} as const

/** A dead task. */
export function deadTask(id: number, more: Partial<DeadLetter> = {}): DeadLetter {
  return {
    ...nothing,
    id: deadLetterOfTask(taskId(id)),
    kind: 'task',
    state: 'dead',
    taskId: taskId(id),
    status: 'failed',
    version: id % 9,
    title: `Task number ${id} of the fixture`,
    jrName: jrName('Research Jr.'),
    error: 'exit code 65: no such file: /data/input.csv\nat line 3',
    diedAt: now.wallMs - id * 60_000,
    attempts: 4,
    maxAttempts: 4,
    replays: id % 3,
    payload: { description: 'Read the file.' },
    ...more,
  }
}

/** A dead run or worker of this node: `r7`, `w7`. */
export function deadOwn(written: string, more: Partial<DeadLetter> = {}): DeadLetter {
  const id = parseDeadLetterId(written)
  if (id === undefined) throw new Error(`${written} is no letter's id`)
  return {
    ...nothing,
    id,
    kind: written.startsWith('r') ? 'run' : 'worker',
    state: 'dead',
    taskId: null,
    status: null,
    version: 0,
    title: 'it_triad_jr',
    jrName: jrName('it_triad_jr'),
    nodeId: nodeId('node-a'),
    error: 'exit code 1 five times within 300 s',
    diedAt: now.wallMs - 90_000,
    attempts: 5,
    maxAttempts: null,
    replays: 0,
    ...more,
  }
}

export const someLetters: readonly DeadLetter[] = [
  deadOwn('w7'),
  deadOwn('r3', { schedule: '0 3 * * *', attempts: 3 }),
  ...Array.from({ length: 40 }, (_, index) => deadTask(160 - index)),
]

export function lettersCame(
  letters: readonly DeadLetter[] = someLetters,
  more: Partial<DeadLetterListView> & { filter?: string; limit?: number } = {},
): AppEvent {
  const { filter = '', limit = 100, nextBefore = null, copyBecause = null } = more
  return {
    kind: 'loaded',
    source: 'dead_letters',
    by: { filter, limit, query: letterQuery(filter, []) },
    answer: { apiVersion: 1, letters: [...letters], nextBefore, copyBecause },
  }
}
