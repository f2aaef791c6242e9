import { styleText } from 'node:util'
import * as fc from 'fast-check'
import { renderToString } from 'ink'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { prepareWidths } from '../../src/text/fit.ts'
import { Frame } from '../../tui/app.tsx'
import { draw } from '../../tui/drawn.tsx'
import type { Presenter } from '../../tui/presenter.ts'
import { type Size, screenNames } from '../../tui/state.ts'
import { createStore, type Store } from '../../tui/store.ts'
import { createTheme, type Paint } from '../../tui/theme.ts'
import { Emulator } from './emulator.ts'
import { later, position, small, stateOf, statusView, worker } from './fixture.ts'
import { FakeKeyboard } from './terminal.ts'

/** What reaches a real terminal, byte by byte: an emulator obeys it, and its owner sees the frame and nothing else. */

beforeAll(async () => {
  vi.stubEnv('TZ', 'UTC')
  await prepareWidths(['日本'])
})

const coloured: Paint = (style, text) => styleText(style, text, { validateStream: false })
const plain: Paint = (_, text) => text

interface Shown {
  terminal: Emulator
  keyboard: FakeKeyboard
  store: Store
  presenter: Presenter
  /** Settles when the terminal shows the state's frame, and nothing else. */
  settled: () => Promise<void>
}

const shown: Shown[] = []
afterEach(async () => {
  for (const { presenter } of shown.splice(0)) {
    presenter.leave()
    await presenter.left.catch(() => {})
  }
})

const shellLines = Array.from({ length: 40 }, (_, index) => `line ${index} of the shell`)

/** Top on a terminal that a shell has written to before. */
async function show(size: Size = small, paint = coloured, echoed = ''): Promise<Shown> {
  const terminal = new Emulator(size)
  await new Promise((resolve) =>
    terminal.write(`${shellLines.join('\r\n')}\r\nshell> jrctl top\r\n${echoed}`, resolve),
  )
  const keyboard = new FakeKeyboard()
  const store = createStore(stateOf({ size }), () => {})
  const presenter = draw({ store, theme: createTheme(paint), stdin: keyboard, stdout: terminal })
  const settled = () =>
    vi.waitFor(() => expect(terminal.screen()).toEqual(frameOf(store)), { interval: 2, timeout: 5000 })
  const all = { terminal, keyboard, store, presenter, settled }
  shown.push(all)
  await settled()
  return all
}

function frameOf(store: Store): string[] {
  const state = store.get()
  const text = renderToString(<Frame state={state} theme={createTheme(plain)} />, {
    columns: state.size.columns,
  })
  const lines = text.split('\n').map((line) => line.trimEnd())
  return [...lines, ...Array<string>(Math.max(0, state.size.rows - lines.length)).fill('')]
}

const sizes: Size[] = [
  { columns: 40, rows: 10 },
  { columns: 80, rows: 24 },
  { columns: 160, rows: 50 },
]

it('begins at the edge, although keys were pressed, and so echoed, before it was there', async () => {
  const { terminal, store } = await show(small, plain, '44')
  expect(terminal.screen()).toEqual(frameOf(store))
})

describe('a whole session', () => {
  it.each(sizes)('at $columns × $rows is the frames, and leaves no trace', async (size) => {
    const { terminal, keyboard, store, presenter, settled } = await show(size)
    const before = terminal.history()
    const modes = terminal.modes
    expect(modes).toContain('alternate screen')
    expect(modes).not.toContain('cursor shown')
    for (const key of [...screenNames.map((_, index) => String(index + 1)), '1', 'j', 'j', 'u', 'n', '?']) {
      keyboard.press(key)
      await settled()
    }
    keyboard.press('\u001B')
    const status = statusView({ positions: [3, 1, 2].map((place) => position(place)), workers: [] })
    store.dispatch({ kind: 'status', status, now: later(1000) })
    await settled()
    expect(terminal.lost).toBe(0)
    presenter.leave()
    await presenter.left
    expect(terminal.modes).toEqual(['cursor shown', 'wraparound'])
    expect(terminal.history()).toEqual(before)
    expect(terminal.screen().at(terminal.cursor.y - 1)).toBe('shell> jrctl top')
    expect(terminal.cursor.x).toBe(0)
  })
})

/** What can befall a screen; small numbers choose among few things, so that sequences stay readable. */
const befalls = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      'j',
      'k',
      'G',
      'g',
      '\t',
      '?',
      '\u001B',
      '\r',
      's',
      '/',
      'é',
      '日',
      '\u007F',
      'u',
      'n',
    ),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      columns: fc.integer({ min: 3, max: 130 }),
      rows: fc.integer({ min: 1, max: 45 }),
    }),
  },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 40 }) },
)

function happen({ terminal, keyboard, store }: Shown, what: string | number | Size): void {
  if (typeof what === 'string') keyboard.press(what)
  else if (typeof what === 'object') terminal.resize(what)
  else store.dispatch({ kind: 'status', status: busy(what), now: later(what * 1000) })
}

/** A fleet at work, another at each number; with titles of any script. */
function busy(seed: number) {
  const title = ['plain', '日本語の題名がとても長い', 'Ünïcödé ḿarks a\u0301e\u0308', '한국어 제목 · mixed'][
    seed % 4
  ]
  return statusView({
    positions: Array.from({ length: seed }, (_, index) =>
      position(index + 1, {
        title: `${title} ${seed * index}`,
        progressPercent: (seed * 7) % 100,
        urgent: index === seed % 3,
      }),
    ),
    workers: Array.from({ length: seed % 7 }, (_, index) =>
      worker(index, index === 2 ? 'backoff' : 'running'),
    ),
  })
}

describe('whatever happens', () => {
  it('the terminal shows the frame, and loses no line of it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(befalls, { minLength: 1, maxLength: 12 }), async (sequence) => {
        const top = await show()
        for (const what of sequence) {
          happen(top, what)
          await top.settled()
        }
        await gone(top)
      }),
      { numRuns: 12 },
    )
  })

  it('also when all of it happens at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(befalls, { minLength: 2, maxLength: 40 }), async (sequence) => {
        const top = await show()
        for (const what of sequence) happen(top, what)
        await top.settled()
        await gone(top)
      }),
      { numRuns: 12 },
    )
  })
})

/** Leaves, and looks that nothing is left. */
async function gone({ terminal, presenter }: Shown): Promise<void> {
  expect(terminal.lost).toBe(0)
  presenter.leave()
  await presenter.left
  expect(terminal.modes).toEqual(['cursor shown', 'wraparound'])
}
