import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { apiLimits } from '../../src/contract/routes.ts'
import { taskId } from '../../src/domain/ids.ts'
import { taskStatuses } from '../../src/domain/task.ts'
import { prepareWidths, widthOf } from '../../src/text/fit.ts'
import type { AppEvent } from '../../tui/event.ts'
import { filterCharactersMax } from '../../tui/filter.ts'
import { frameLines } from '../../tui/frame.ts'
import { globalBindings, listBindings } from '../../tui/keys.ts'
import { smallest } from '../../tui/layout.ts'
import { plainText } from '../../tui/line.ts'
import { listHeight } from '../../tui/list-height.ts'
import { pageBindings } from '../../tui/pages/keys.ts'
import { pages } from '../../tui/pages/pages.ts'
import { reduce } from '../../tui/reduce.ts'
import { logBounds } from '../../tui/screens/logs/log.ts'
import { screens } from '../../tui/screens/screens.ts'
import type { Answered, Load } from '../../tui/sources.ts'
import { type AppState, type Effect, type Now, screenNames } from '../../tui/state.ts'
import { cycleStatus, dryPass, someDecisions } from './cycle-fixture.ts'
import { letters, listed, now, position, stateOf, statusView, task, worker } from './fixture.ts'
import { deadOwn, deadTask } from './letters-fixture.ts'

beforeAll(() => prepareWidths(['日本']))

/** Answers, letters that are typed, and keys that mean nothing. */
const extraKeys = [
  'y',
  'n',
  'q',
  'esc',
  'enter',
  'backspace',
  'ctrl+u',
  'p',
  'u',
  'g',
  'e',
  '#',
  ':',
  '"',
  '日',
  'X',
]

/** All keys that mean something anywhere, the words that are typed, and some that mean nothing. */
const keyNames = [
  ...new Set([
    ...[
      ...globalBindings,
      ...listBindings,
      ...pageBindings,
      ...[...Object.values(screens), ...Object.values(pages)].flatMap(({ keys }) => keys),
    ].flatMap(({ keys }) => keys),
    ...extraKeys,
  ]),
].filter((name) => name !== 'ctrl+c')

/** What happens, in so far as it is not an answer; `at` chooses among what there is then. */
type Happening =
  | { kind: 'event'; event: AppEvent }
  | { kind: 'passes'; ms: number }
  | { kind: 'news'; tasks: number; workers: number; age: number }
  /** An answer comes to one of the questions that are open, in any order, or none ever. */
  | { kind: 'answer'; at: number; rows: number; isLate: boolean }
  | { kind: 'refusal'; at: number }

const keyEvent = (name: string): AppEvent => ({
  kind: 'key',
  key: { name, text: Array.from(name).length === 1 ? name : '' },
})
const keyOf = (name: string): Happening => ({ kind: 'event', event: keyEvent(name) })
const live: AppEvent = { kind: 'link', link: { kind: 'live' } }
const away: AppEvent = { kind: 'link', link: { kind: 'away', reason: 'No daemon', retryAtMs: 9e9 } }

const keyPress = fc
  .constantFrom(...keyNames)
  .map((name): Happening => ({ kind: 'event', event: keyEvent(name) }))
/** A change is asked for and confirmed, which keys at random seldom do. */
const wish = fc.constantFrom('u', 'x', 'R', 'A', 'D', 'r', 'p', 'S', 'o', 'z')
const sure = fc.constantFrom(['y'], ['n'], ['y', 'y'], [...letters('purge'), 'enter'])
const wished = fc
  .tuple(fc.constantFrom(...screenNames.map((_, index) => String(index + 1))), wish, sure)
  .map(([screen, key, yes]) => ['esc', 'esc', screen, key].concat(yes).map(keyOf))
/** To the dead letters, and there what wants a word typed. */
const purged = fc
  .constantFrom(['y'], ['p', 'enter'], [...letters('purge'), 'enter'], [...letters('purgee'), 'enter'])
  .map((typed) => {
    const there = ['esc', 'esc', String(screenNames.indexOf('dead_letters') + 1), 'D']
    return there.concat(typed).map(keyOf)
  })
const answer = fc.record({
  kind: fc.constant('answer' as const),
  at: fc.nat(5),
  rows: fc.constantFrom(0, 1, 7, 100, 300),
  isLate: fc.boolean(),
})
const elsewhere: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ kind: fc.constant('passes' as const), ms: fc.constantFrom(1000, 9000) }),
  fc.record({
    kind: fc.constant('news' as const),
    tasks: fc.nat(30),
    workers: fc.nat(12),
    age: fc.nat(20),
  }),
  fc.record({ kind: fc.constant('refusal' as const), at: fc.nat(5) }),
  fc
    .constantFrom<AppEvent>(
      live,
      live,
      live,
      live,
      away,
      { kind: 'changed' },
      { kind: 'pasted', text: 'yes\n\u001B[2Jy' },
    )
    .map((event): Happening => ({ kind: 'event', event })),
  fc
    .record({ columns: fc.integer({ min: 20, max: 160 }), rows: fc.integer({ min: 5, max: 50 }) })
    .map((size): Happening => ({ kind: 'event', event: { kind: 'resized', size } })),
)
const one = (arbitrary: fc.Arbitrary<Happening>) => arbitrary.map((happening) => [happening])
const happenings = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: one(keyPress) },
      { weight: 3, arbitrary: one(answer) },
      { weight: 2, arbitrary: wished },
      { weight: 1, arbitrary: purged },
      { weight: 2, arbitrary: one(elsewhere) },
    ),
    { minLength: 30, maxLength: 60 },
  )
  .map((groups) => groups.flat())
const plays: fc.Arbitrary<Play> = fc.record({ all: happenings, prompt: fc.constantFrom(null, 1, 40) })

/** What the daemon says to a question; it never has more rows than were asked for. */
function answerTo(load: Load, rows: number): Answered | null {
  const count = 'limit' in load.by ? Math.min(rows, load.by.limit) : rows
  const ids = Array.from({ length: count }, (_, index) => 5000 - index)
  const statusOf = (id: number) => taskStatuses[id % taskStatuses.length] ?? 'pending'
  switch (load.source) {
    case 'tasks':
      return { ...load, answer: ids.map((id) => listed(id, statusOf(id), { urgent: id % 5 === 0 })) }
    case 'task':
      return { ...load, answer: { apiVersion: 1, task: task(load.by.id, statusOf(rows)), attempts: [] } }
    case 'dead_letters': {
      const nextBefore = count === load.by.limit ? 1 : null
      const dead = [deadOwn('w7'), ...ids.map((id) => deadTask(id))]
      return {
        ...load,
        answer: { apiVersion: 1, letters: dead, nextBefore, copyBecause: rows === 7 ? 'away' : null },
      }
    }
    case 'dead_letter':
      return { ...load, answer: { apiVersion: 1, letter: deadTask(42), task: null, attempts: [] } }
    case 'cycle':
      return { ...load, answer: cycleStatus() }
    case 'decisions':
      return { ...load, answer: someDecisions.slice(0, count) }
    case 'dry_run':
      return { ...load, answer: dryPass() }
    case 'why':
    case 'worker':
    case 'worker_ledger':
    case 'ledger':
    case 'ledger_entry':
    case 'ledger_verdict':
      // That nothing comes is an answer too.
      return null
    default:
      return load satisfies never
  }
}

interface World {
  state: AppState
  open: Effect[]
  now: Now
}

/** The event that a happening is in this world; null: none. */
function eventOf({ open, now: at }: World, happening: Happening): AppEvent | null {
  switch (happening.kind) {
    case 'event':
      return happening.event
    case 'passes':
      return { kind: 'tick', now: at }
    case 'news': {
      const positions = Array.from({ length: happening.tasks }, (_, index) =>
        position(index + 1, { taskId: taskId(5000 - ((index * 7 + happening.age) % 40)) }),
      )
      const workers = Array.from({ length: happening.workers }, (_, index) => worker(index, 'running'))
      return { kind: 'status', status: statusView({ positions, workers }), now: at }
    }
    case 'answer':
    case 'refusal': {
      const index = happening.at % Math.max(1, open.length)
      const [effect] = open.splice(index, 1)
      if (!effect) return null
      if (happening.kind === 'refusal') return { kind: 'failed', effect, reason: 'it is not so any more' }
      if (effect.kind === 'load') {
        const came = answerTo(effect, happening.rows)
        // A late answer is to a question that nobody asks any more.
        if (happening.isLate) open.push(effect)
        return came && { ...came, kind: 'loaded' }
      }
      if (effect.kind !== 'change') return null
      const { change } = effect
      const undo = { preview: 'Back?', command: 'jrctl', change }
      return { kind: 'done', outcome: { change, sentence: 'Done.', undo: happening.rows > 1 ? undo : null } }
    }
    default:
      return happening satisfies never
  }
}

type Look = (before: AppState, event: AppEvent, after: AppState, effects: readonly Effect[]) => void

interface Play {
  all: readonly Happening[]
  /** So many rows are what the daemon has, and it answers at once; null: it answers when it likes. */
  prompt: number | null
}

/** Plays them, and looks at each step. */
function playAll(given: AppState, { all, prompt }: Play, look: Look): AppState {
  const world: World = { state: given, open: [], now }
  for (const happening of all) {
    if (happening.kind === 'passes') {
      const { wallMs, monotonicMs } = world.now
      world.now = { wallMs: wallMs + happening.ms, monotonicMs: monotonicMs + happening.ms }
    }
    happens(world, eventOf(world, happening), look)
    if (prompt === null) continue
    const questions = world.open.filter((effect) => effect.kind === 'load')
    world.open = world.open.filter(({ kind }) => kind !== 'load')
    for (const question of questions) {
      const came = answerTo(question, prompt)
      happens(world, came && { ...came, kind: 'loaded' }, look)
    }
  }
  return world.state
}

/** Questions that are open at the same time at most; the daemon forgets the oldest. */
const openMax = 20

function happens(world: World, event: AppEvent | null, look: Look): void {
  if (event === null) return
  const { state, effects } = reduce(world.state, event)
  look(world.state, event, state, effects)
  const asked = effects.filter(({ kind }) => kind === 'load' || kind === 'change')
  world.open = [...world.open, ...asked].slice(-openMax)
  world.state = state
}

/** What is wrong with a state, each in a word; an assertion each would take longer than all else here. */
function faultsOf(state: AppState): string[] {
  const { pages: opened, undo, question, log, arrangements } = state
  const rules: [string, boolean][] = [
    ...cursorRules(state),
    ['pages', opened.length <= 8],
    ['undo', undo.length <= 20],
    ['typed', (question?.typed ?? '').length <= 12],
    ['log', (log?.rows.length ?? 0) <= logBounds.rows],
    ...Object.values(arrangements).flatMap(({ filter, limit, order }): [string, boolean][] => [
      ['filter', Array.from(filter).length <= filterCharactersMax],
      ['limit', limit <= apiLimits.listLimit],
      ['order', order < 10],
    ]),
  ]
  return rules.filter(([, isKept]) => !isKept).map(([name]) => name)
}

function cursorRules(state: AppState): [string, boolean][] {
  const ids = screens[state.screen].ids(state)
  const { id, index, top } = state.lists[state.screen]
  return [
    ['cursor on a row', id === (ids[index] ?? null)],
    ['cursor on the last row at most', index < Math.max(1, ids.length)],
    ['cursor in sight', top >= 0 && top <= index && index < top + listHeight(state)],
  ]
}

/** Only what was asked about, and only after a yes to it. */
function expectWanted(before: AppState, event: AppEvent, effects: readonly Effect[]): void {
  for (const effect of effects) {
    if (effect.kind !== 'change') continue
    const { question } = before
    expect(effect.change).toBe(question?.change)
    const key = event.kind === 'key' ? event.key.name : null
    if (question?.word === undefined) expect(key).toBe('y')
    else expect([key, question.typed]).toEqual(['enter', question.word])
  }
}

function expectFrame(state: AppState): void {
  const lines = frameLines(state).map(plainText)
  expect(lines.length).toBeLessThanOrEqual(state.size.rows)
  for (const line of lines) {
    expect(widthOf(line), line).toBeLessThanOrEqual(state.size.columns)
    expect(line).not.toMatch(/\p{Cc}/u)
  }
}

describe('whatever keys are pressed, and whatever comes meanwhile', () => {
  it('the cursor is on a row, all is within its bounds, and nothing is changed without a yes', () => {
    let changes = 0
    fc.assert(
      fc.property(plays, (given) => {
        const last = playAll(stateOf(), given, (before, event, after, effects) => {
          expectWanted(before, event, effects)
          const faults = faultsOf(after)
          if (faults.length > 0) expect(faults).toEqual([])
          changes += effects.filter(({ kind }) => kind === 'change').length
        })
        expectFrame(last)
        expectFrame(reduce(last, { kind: 'resized', size: smallest }).state)
      }),
      { numRuns: 50 },
    )
    // Else it would prove nothing.
    expect(changes).toBeGreaterThan(20)
  })

  it('a read-only screen asks nothing and changes nothing', () => {
    fc.assert(
      fc.property(plays, (given) => {
        playAll(stateOf({ readOnly: true }), given, (_, __, after, effects) => {
          const isTouched = after.question !== null || effects.some(({ kind }) => kind === 'change')
          if (isTouched) expect([after.question, effects]).toEqual([null, []])
        })
      }),
      { numRuns: 50 },
    )
  })
})
