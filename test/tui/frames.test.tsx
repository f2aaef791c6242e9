import { renderToString } from 'ink'
import { stripVTControlCharacters, styleText } from 'node:util'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { taskId } from '../../src/domain/ids.ts'
import { prepareWidths, widthOf } from '../../src/text/fit.ts'
import { Frame } from '../../tui/app.tsx'
import type { AppEvent } from '../../tui/event.ts'
import type { AppState, Size } from '../../tui/state.ts'
import { createTheme, type Paint } from '../../tui/theme.ts'
import {
  later,
  listed,
  now,
  play,
  position,
  small,
  stateOf,
  statusView,
  task,
  wide,
  worker,
} from './fixture.ts'

beforeAll(async () => {
  vi.stubEnv('TZ', 'UTC')
  await prepareWidths(['日本'])
})

const plain: Paint = (_, text) => text
const coloured: Paint = (style, text) => styleText(style, text, { validateStream: false })

function frame(state: AppState, paint = plain): string {
  return renderToString(<Frame state={state} theme={createTheme(paint)} />, { columns: state.size.columns })
}

const statuses = ['in_progress', 'pending', 'retry', 'failed', 'completed', 'cancelled'] as const
const tasks: AppEvent = {
  kind: 'loaded',
  source: 'tasks',
  by: { filter: '', limit: 100, query: {} },
  answer: Array.from({ length: 60 }, (_, index) => {
    const status = statuses[index % statuses.length] ?? 'pending'
    return listed(160 - index, status, {
      urgent: index === 1,
      error: status === 'failed' ? 'exit code 3' : null,
    })
  }),
}
const page: AppEvent = {
  kind: 'loaded',
  source: 'task',
  by: { id: taskId(42) },
  answer: {
    apiVersion: 1,
    task: task(42, 'completed', {
      result: { files: 3, ok: true },
      startedAt: now.wallMs - 50_000,
      tags: ['a', 'b'],
    }),
    attempts: [],
  },
}
const away: AppEvent = {
  kind: 'link',
  link: { kind: 'away', reason: 'No daemon answers on /run/jrctl.sock', retryAtMs: now.monotonicMs + 15_000 },
}
const hostile = statusView({
  positions: [
    position(1, {
      title: 'red \u001B[31m \u001B]8;;http://evil\u001B\\link\u001B]8;;\u001B\\ \n next \u202Eline',
      urgent: true,
    }),
    position(2, {
      title: '日本語の題名がとても長いのでどこかで切らなければならない',
      taskId: task(123_456_789, 'pending').id,
    }),
    position(3, { title: '👩‍🚀'.repeat(40), ratePerMinute: 123_456, tokens: 99_999.5 }),
  ],
  workers: [worker(0, 'missing', { reason: 'no such program:\r\n/no/such/program' })],
})

/** What an operator sees, by the keys and events that lead there. */
const scenes: Record<string, (size: Size) => AppState> = {
  positions: (size) => stateOf({ size }),
  'positions, none': (size) => stateOf({ size, status: statusView({ positions: [] }) }),
  'positions, asked': (size) => play(stateOf({ size }), 'j', 'j', 'u').state,
  workers: (size) => play(stateOf({ size }), '2', 'j', 'j').state,
  tasks: (size) => play(stateOf({ size }), '3', tasks, 'pgdn', 'j').state,
  'tasks, filtered': (size) => play(stateOf({ size }), '3', tasks, '/', 'x').state,
  task: (size) => play(stateOf({ size }), 'j', 'enter', page).state,
  help: (size) => play(stateOf({ size }), '3', '?').state,
  away: (size) => play(stateOf({ size }), away, { kind: 'tick', now: later(12_000) }).state,
  'database down': (size) => {
    const database = { ...statusView().database, state: 'down' as const, lastError: 'connection refused' }
    return stateOf({ size, status: statusView({ database, queueAgeMs: 42_000 }) })
  },
  hostile: (size) => stateOf({ size, status: hostile }),
}

describe.each(Object.entries(scenes))('%s', (name, scene) => {
  it.each([small, wide])('at $columns × $rows', async (size) => {
    const file = `frames/${name.replace(/,? /, '-')}-${size.columns}x${size.rows}.txt`
    await expect(`${frame(scene(size))}\n`).toMatchFileSnapshot(file)
  })

  it('fills the terminal and never more, whatever its size', () => {
    const sizes = fc.record({
      columns: fc.integer({ min: 40, max: 150 }),
      rows: fc.integer({ min: 10, max: 50 }),
    })
    fc.assert(
      fc.property(sizes, (size) => {
        const lines = frame(scene(size)).split('\n')
        expect(lines).toHaveLength(size.rows)
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(size.columns)
      }),
      { numRuns: 25 },
    )
  })

  it('says the same without colour as with it', () => {
    const bare = stripVTControlCharacters(frame(scene(small), coloured))
    const trimmed = (text: string) => text.split('\n').map((line) => line.trimEnd())
    expect(trimmed(bare)).toEqual(trimmed(frame(scene(small))))
  })
})

it.each([40, 48, 50, 58, 60, 64, 72, 80, 109, 110])('keeps all its columns whole at %i', (columns) => {
  for (const name of ['positions', 'workers', 'tasks']) {
    const lines = frame(scenes[name]?.({ columns, rows: 24 }) ?? stateOf()).split('\n')
    const titles = lines.find((line) => / (?:SHARE|STATE|STATUS) /.test(line))
    // Ink would cut what is too wide with this mark.
    expect(titles).toMatch(/^[^…]+$/)
  }
})

it('lets nothing from outside reach the terminal as a command', () => {
  const text = frame(stateOf({ status: hostile })).replaceAll('\n', '')
  expect(text).not.toMatch(/\p{Cc}|\u202E/u)
})

it('uses the 16 colours alone', () => {
  const frames = Object.values(scenes).map((scene) => frame(scene(small), coloured))
  const codes = frames
    .join('')
    .split('\u001B[')
    .slice(1)
    .map((piece) => piece.slice(0, piece.indexOf('m')))
  expect(codes.length).toBeGreaterThan(50)
  for (const code of codes) expect(code).toMatch(/^(?:0|1|2|7|22|27|3[0-79])$/)
})

it('says so where there is no room', () => {
  expect(frame(stateOf({ size: { columns: 30, rows: 8 } }))).toBe('needs 40 × 10 cells; q quits')
  expect(frame(stateOf({ size: { columns: 12, rows: 3 } }))).toBe('needs 40 × …')
})
