import { renderToString } from 'ink'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { Attempt, ListedTask } from '../../src/domain/task.ts'
import { fence, instanceId, jrName, nodeId, taskId } from '../../src/domain/ids.ts'
import { blocks, standing, tells } from '../../src/domain/why/reason.ts'
import { prepareWidths, widthOf } from '../../src/text/fit.ts'
import { Frame } from '../../tui/app.tsx'
import type { AppEvent } from '../../tui/event.ts'
import type { AppState, Size } from '../../tui/state.ts'
import { createTheme } from '../../tui/theme.ts'
import { listed, now, play, small, stateOf, task, wide } from './fixture.ts'
import { deadOwn, deadTask, lettersCame, someLetters } from './letters-fixture.ts'

beforeAll(async () => {
  vi.stubEnv('TZ', 'UTC')
  await prepareWidths(['日本'])
})

function frame(state: AppState): string {
  const theme = createTheme((_, text) => text)
  return renderToString(<Frame state={state} theme={theme} />, { columns: state.size.columns })
}

const hour = 3_600_000
const hostile = 'red \u001B[31m \u001B]8;;http://evil\u001B\\link \u202Eline'
const ofEachStatus: readonly ListedTask[] = [
  listed(310, 'in_progress', { progressPercent: 100 }),
  listed(45, 'in_progress', { progressPercent: 40 }),
  listed(308, 'retry', { scheduledAt: now.wallMs + 45_000, error: 'exit code 3: oops', attempts: 2 }),
  listed(307, 'retry', { scheduledAt: now.wallMs - 1 }),
  listed(306, 'scheduled', { scheduledAt: now.wallMs + 3 * hour, assignedJr: null }),
  listed(305, 'pending', { assignedJr: null, urgent: true, urgentBy: 'top:ann (self-declared)' }),
  listed(304, 'assigned', { title: '日本語の題名がとても長いのでどこかで切らなければならない' }),
  listed(303, 'completed', { completedAt: now.wallMs - 8 * 60_000, progressPercent: 100 }),
  listed(302, 'failed', { completedAt: now.wallMs - 26 * hour, error: hostile }),
  listed(301, 'cancelled', { title: hostile }),
]
const tasksCame: AppEvent = {
  kind: 'loaded',
  source: 'tasks',
  by: { filter: '', limit: 100, query: {} },
  answer: ofEachStatus,
}

const attempt = (number: number, more: Partial<Attempt>): Attempt => ({
  taskId: taskId(42),
  fence: fence(number),
  attempt: number,
  jrName: jrName('Research Jr.'),
  instanceId: instanceId('instance-1'),
  nodeId: nodeId('node-a'),
  startedAt: now.wallMs - 200_000 + number * 60_000,
  leaseExpiresAt: now.wallMs,
  endedAt: null,
  outcome: null,
  error: null,
  ...more,
})
const failed = attempt(1, {
  endedAt: now.wallMs - 90_000,
  outcome: 'failed',
  error: 'exit code 1: the server closed the connection before it had answered, which it does now and then',
})
const by = { id: taskId(42) }
const taskCame: AppEvent = {
  kind: 'loaded',
  source: 'task',
  by,
  answer: {
    apiVersion: 1,
    task: task(42, 'in_progress', {
      progressPercent: 34,
      progressNote: 'reading files',
      startedAt: now.wallMs - 80_000,
      attempts: 2,
    }),
    attempts: [failed, attempt(2, {})],
  },
}
const whyCame: AppEvent = {
  kind: 'loaded',
  source: 'why',
  by,
  answer: {
    apiVersion: 1,
    taskId: taskId(42),
    title: 'Task number 42 of the fixture',
    status: 'in_progress',
    whereabouts: 'running',
    facts: null,
    reasons: [
      standing('running', 'Research Jr. has been working on it for 1 min, attempt 2 of 4, on node node-a.'),
      blocks(
        'lease_silent',
        'Its worker has not renewed the lease for 40 s; if it stays silent, the task goes back in 20 s.',
        'See how that worker does with: jrctl workers',
      ),
      tells('position', 'It holds position 2 of 5.'),
    ],
  },
}
const letterCame: AppEvent = {
  kind: 'loaded',
  source: 'dead_letter',
  by: { id: deadTask(160).id },
  answer: {
    apiVersion: 1,
    letter: deadTask(160, { settledAt: now.wallMs - 2 * hour, settledBy: 'cli:ann (self-declared)' }),
    task: task(160, 'failed', { error: `the first line\n${hostile}\n\tat x.ts`, result: { rows: 3 } }),
    attempts: [failed],
  },
}

/** By the keys that lead there. */
const scenes: Record<string, (size: Size) => AppState> = {
  'tasks-each': (size) => play(stateOf({ size }), '3', tasksCame, 'j', 'j').state,
  'tasks-cancel': (size) => play(stateOf({ size }), '3', tasksCame, 'x').state,
  'task-asking': (size) => play(stateOf({ size }), 'j', 'enter', taskCame).state,
  'task-running': (size) => play(stateOf({ size }), 'j', 'enter', taskCame, whyCame).state,
  'dead-letters': (size) => play(stateOf({ size }), '6', lettersCame(), 'j', 'j').state,
  'dead-letters-none': (size) => play(stateOf({ size }), '6', lettersCame([])).state,
  'dead-letters-copy': (size) =>
    play(stateOf({ size }), '6', lettersCame(someLetters, { copyBecause: 'connection refused' }), 'j').state,
  'dead-letters-purge': (size) => play(stateOf({ size }), '6', lettersCame(), 'D', 'p', 'u').state,
  'dead-letters-all': (size) =>
    play(stateOf({ size }), '6', lettersCame([deadOwn('w7'), deadTask(3), deadTask(2)]), 'A').state,
  'dead-letter': (size) => play(stateOf({ size }), '6', lettersCame(), 'j', 'j', 'enter', letterCame).state,
}

describe.each(Object.entries(scenes))('%s', (name, scene) => {
  it.each([small, wide])('at $columns × $rows', async (size) => {
    await expect(`${frame(scene(size))}\n`).toMatchFileSnapshot(
      `frames/${name}-${size.columns}x${size.rows}.txt`,
    )
  })

  it('fits any terminal, and obeys nothing from outside', () => {
    for (const columns of [40, 47, 59, 64, 71, 92, 100, 110, 160]) {
      const lines = frame(scene({ columns, rows: 10 + (columns % 30) })).split('\n')
      expect(lines).toHaveLength(10 + (columns % 30))
      for (const line of lines) {
        expect(widthOf(line)).toBeLessThanOrEqual(columns)
        expect(line).not.toMatch(/\p{Cc}|\u202E/u)
      }
    }
  })
})
