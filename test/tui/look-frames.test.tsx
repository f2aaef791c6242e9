import { renderToString } from 'ink'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { prepareWidths, widthOf } from '../../src/text/fit.ts'
import { Frame } from '../../tui/app.tsx'
import { frameLines } from '../../tui/frame.ts'
import { plainText } from '../../tui/line.ts'
import { type AppState, screenNames, type Size } from '../../tui/state.ts'
import { createTheme } from '../../tui/theme.ts'
import { atWork } from './at-work.ts'
import { play, position, small, stateOf, wide } from './fixture.ts'

beforeAll(async () => {
  vi.stubEnv('TZ', 'UTC')
  await prepareWidths(['日本'])
})

const tiny: Size = { columns: 40, rows: 10 }
const broad: Size = { columns: 160, rows: 50 }

function frame(state: AppState): string {
  const theme = createTheme((_, text) => text)
  return renderToString(<Frame state={state} theme={theme} />, { columns: state.size.columns })
}

const strict = atWork({
  capacity: {
    mode: 'strict',
    unit: 'token',
    wholePerMinute: 4_000,
    ratePerMinute: 4_000,
    common: null,
    waiting: 0,
    inFlight: 0,
    untracked: { waiting: 0, inFlight: 1 },
  },
})

const scenes: Record<string, (size: Size) => AppState> = {
  'at work': (size) => stateOf({ size, status: atWork() }),
  idle: (size) => stateOf({ size, status: atWork({ positions: [] }) }),
  strict: (size) => stateOf({ size, status: strict }),
  troubles: (size) => play(stateOf({ size, status: atWork() }), '!').state,
  asked: (size) => play(stateOf({ size, status: atWork() }), 'G', 'u').state,
  'work ascii': (size) => ({ ...stateOf({ size, status: atWork() }), drawing: 'ascii' }),
  'work words': (size) => ({ ...stateOf({ size, status: atWork() }), drawing: 'words' }),
  'help end': (size) => play(stateOf({ size, status: atWork() }), '?', 'pgdn', 'pgdn').state,
}

describe.each(Object.entries(scenes))('%s', (name, scene) => {
  const sizes = name.startsWith('work')
    ? [small]
    : name === 'at work'
      ? [tiny, small, wide, broad]
      : [tiny, small]
  it.each(sizes)('at $columns × $rows', async (size) => {
    const file = `frames/look-${name.replace(' ', '-')}-${size.columns}x${size.rows}.txt`
    await expect(`${frame(scene(size))}\n`).toMatchFileSnapshot(file)
  })

  it('fills every size and never more', () => {
    for (let columns = 40; columns <= 170; columns += 7) {
      for (const rows of [10, 13, 16, 19, 20, 24, 33, 34, 50]) {
        const lines = frameLines(scene({ columns, rows })).map(plainText)
        expect(lines).toHaveLength(rows)
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns)
      }
    }
  })
})

it('keeps the positions in their place when somebody waits, or lends', () => {
  const calm = atWork({ activity: { ...atWork().activity, done: [], failed: [], waitMs: [] } as never })
  const rowOf = (state: AppState) =>
    frame(state)
      .split('\n')
      .findIndex((line) => line.includes('›'))
  expect(rowOf(stateOf({ status: calm }))).toBe(rowOf(stateOf({ status: atWork() })))
})

it('shows as many positions as the cursor can reach, beside the panel', () => {
  const end = play(stateOf({ size: { columns: 80, rows: 20 }, status: atWork() }), 'G').state
  const rows = frame(end).split('\n')
  expect(rows.find((line) => line.startsWith('›'))).toContain('49')
  expect(rows.some((line) => line.startsWith('Waited'))).toBe(true)
})

it('is nothing but ASCII where the terminal has nothing else, on each screen and page', () => {
  // All that comes from outside here is ASCII.
  const status = atWork({ positions: [position(1, { urgent: true }), position(9)] })
  for (const keys of [
    ['?'],
    ['!'],
    ['u'],
    ['/', 'x'],
    ...screenNames.map((_, index) => [String(index + 1)]),
  ]) {
    const { state } = play({ ...stateOf({ status, size: wide }), drawing: 'ascii' }, ...keys)
    expect(frameLines(state).map(plainText).join('')).toMatch(/^[\u0020-\u007E]*$/)
  }
})
