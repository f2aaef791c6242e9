import { beforeAll, describe, expect, it, vi } from 'vitest'
import { taskId } from '../../src/domain/ids.ts'
import { prepareWidths } from '../../src/text/fit.ts'
import type { AppEvent } from '../../tui/event.ts'
import { frameLines } from '../../tui/frame.ts'
import { plainText } from '../../tui/line.ts'
import { saidAtOnce } from '../../tui/spoken/said.ts'
import { spokenSize } from '../../tui/spoken/speak.ts'
import { type AppState, screenNames, type Size } from '../../tui/state.ts'
import { createTheme } from '../../tui/theme.ts'
import { atWork } from './at-work.ts'
import { cycleCame, cycleStatus, decisionsCame, someDecisions } from './cycle-fixture.ts'
import { later, listed, play, small, stateOf, task, wide } from './fixture.ts'
import { entries, ledgerCame } from './ledger-fixture.ts'
import { lettersCame, someLetters } from './letters-fixture.ts'

beforeAll(async () => {
  vi.stubEnv('TZ', 'UTC')
  await prepareWidths(['日本'])
})

/** A link, hidden text, an erased screen, a new line, a turned direction, a bell, a C1 sequence, an answer to be typed. */
const junk =
  '\u001B]8;;http://evil\u0007x\u001B[8mhidden\u001B[2J\r\n\u202Eturned\u0007\u009B31m\u001B[6n\u2028'

/** What is one of a few words, written by us alone. */
const ours =
  /^(?:kind|status|state|type|level|bucket|mode|phase|unit|outcome|way|source|at|health|id|taskId|event|action)$/

/** The same with the junk in every text that somebody else may have written. */
function poisoned<Value>(value: Value, key = ''): Value {
  if (typeof value === 'string') return (ours.test(key) ? value : value + junk) as Value
  if (Array.isArray(value)) return value.map((item) => poisoned(item, key)) as Value
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, poisoned(item as unknown, name)]),
  ) as Value
}

const dangerous = /[\p{Cc}\u200E\u200F\u2028-\u202E\u2066-\u2069]/u

const came: AppEvent[] = [
  { kind: 'status', status: poisoned(atWork()), now: later(1000) },
  cycleCame(poisoned(cycleStatus())),
  decisionsCame(poisoned(someDecisions)),
  ledgerCame(poisoned(entries(1, 30))),
  lettersCame(poisoned(someLetters)),
  { kind: 'told', text: `said${junk}` },
]

function opened(size: Size, ...keys: string[]): AppState {
  const { state } = play(stateOf({ size }), ...came, ...keys)
  const tasks = state.loaded.tasks
  const by = { filter: '', limit: 100, query: {} }
  return play(
    state,
    {
      kind: 'loaded',
      source: 'tasks',
      by: tasks?.by ?? by,
      answer: poisoned([listed(9, 'failed', { error: 'e' })]),
    },
    {
      kind: 'loaded',
      source: 'task',
      by: { id: taskId(9) },
      answer: poisoned({
        apiVersion: 1,
        task: task(9, 'failed', { error: 'e', result: { a: 'b' } }),
        attempts: [],
      }),
    },
  ).state
}

const ways = [
  ...screenNames.map((_, index) => [String(index + 1)]),
  ...screenNames.map((_, index) => [String(index + 1), 'enter']),
  ['1', 'u'],
  ['2', 'p'],
  ['3', '/', 'x'],
  ['3', 'x'],
  ['4', 'f'],
  ['6', 'R'],
  ['!'],
]

describe.each(ways)('%s %s %s', (...keys) => {
  it.each([small, wide, { columns: 40, rows: 10 }])(
    'shows nothing that a terminal obeys, $columns wide',
    (size) => {
      for (const line of frameLines(opened(size, ...keys))) expect(plainText(line)).not.toMatch(dangerous)
    },
  )

  it('tells nothing that a terminal obeys', () => {
    for (const line of saidAtOnce(null, opened(spokenSize, ...keys))) expect(line).not.toMatch(dangerous)
  })
})

it('is cleaned at the last moment too, should a screen forget it', () => {
  const painted = createTheme((_, text) => text).line([`a title${junk}`, { text: junk, role: 'bad' }])
  expect(painted).toContain('a title')
  expect(painted).not.toMatch(dangerous)
})
