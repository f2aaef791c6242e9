import { describe, expect, it } from 'vitest'
import { jrName, taskId } from '../../src/domain/ids.ts'
import type { TaskStatus } from '../../src/domain/task.ts'
import type { AppEvent } from '../../tui/event.ts'
import { plainText } from '../../tui/line.ts'
import { screens } from '../../tui/screens/screens.ts'
import { choiceOptions, letterQuery } from '../../tui/screens/dead-letters/query.ts'
import { listInput, queryOf } from '../../tui/screens/tasks/query.ts'
import { standing } from '../../tui/screens/tasks/standing.ts'
import { intervalMsOf, sources } from '../../tui/sources.ts'
import type { AppState } from '../../tui/state.ts'
import { atWork } from './at-work.ts'
import { later, listed, now, play, position, stateOf, statusView, worker } from './fixture.ts'
import { deadOwn, deadTask, lettersCame, someLetters } from './letters-fixture.ts'

const jrs = ['Research Jr.', 'Infrastructure Jr.', 'it_triad_jr']

describe("the tasks' filter", () => {
  it.each([
    ['jr:research', { jr: 'Research Jr.' }],
    ['jr:"Research Jr." failed', { jr: 'Research Jr.', statuses: ['failed'] }],
    ['jr:"Rese', { jr: 'Research Jr.' }],
    ['JR:triad', { jr: 'it_triad_jr' }],
    ['jr:Unheard', { jr: 'Unheard' }],
    ['jr: text', { search: 'text' }],
    ['channel:Instagram campaign:7', { channel: 'Instagram', campaign: '7' }],
    ['http://example', { search: 'http://example' }],
    ['#42', { id: 42 }],
    ['#42 failed', { id: 42 }],
    ['#0 #x', { search: '#0 #x' }],
  ])('%j', (typed, query) => {
    expect(queryOf(typed, jrs)).toEqual(query)
  })

  it('asks for one task by its number, and takes no other for it', async () => {
    expect(listInput(queryOf('#42', jrs), 100)).toEqual({ before: 43, limit: 1 })
    const call = (async () => ({ tasks: [listed(41, 'pending')] })) as never
    const by = { filter: '#42', limit: 100, query: { id: taskId(42) } }
    expect(await sources.tasks.ask({ call }, by, new AbortController().signal)).toEqual([])
  })

  it('knows the Jrs by the fleet that is there', () => {
    const { effects } = play(stateOf(), '3', '/', ...Array.from('jr:it'))
    expect(effects.at(-1)).toMatchObject({ source: 'tasks', by: { query: { jr: 'it_triad_jr' } } })
  })
})

describe("the dead letters' filter", () => {
  it.each([
    ['', {}, '--all'],
    ['task timeout', { kinds: ['task'], search: 'timeout' }, '--kind task --search timeout'],
    ['run worker', { kinds: ['run', 'worker'] }, '--kind run,worker'],
    ["jr:research it's", { jr: 'Research Jr.', search: "it's" }, `--jr 'Research Jr.' --search 'it'\\''s'`],
  ])('%j, and the same as options', (typed, query, options) => {
    expect(letterQuery(typed, jrs)).toEqual(query)
    expect(choiceOptions(letterQuery(typed, jrs))).toBe(options)
  })
})

describe('where a task stands', () => {
  const state = { status: { view: statusView(), at: now } }
  const at = now.wallMs
  it.each<[TaskStatus, Parameters<typeof listed>[2], string]>([
    ['in_progress', { progressPercent: 40 }, '40 % #5 3.13 %'],
    ['retry', { scheduledAt: at + 45_000 }, 'again in 45 s'],
    ['retry', { scheduledAt: at }, 'again now'],
    ['retry', { scheduledAt: null }, 'again now'],
    ['scheduled', { scheduledAt: at + 7_300_000 }, 'ready in 2 h'],
    ['pending', { createdAt: at - 5000 }, 'waits 5 s'],
    ['assigned', { createdAt: at - 86_400_000 }, 'waits 1 d'],
    ['completed', { completedAt: at - 60_000 }, '1 min ago'],
    ['cancelled', { completedAt: null }, '–'],
  ])('%s %o', (status, more, words) => {
    expect(standing(listed(45, status, more), state, false)).toBe(words)
  })

  it('leaves out the share where there is no room, and the place where there is none', () => {
    expect(standing(listed(45, 'in_progress', { progressPercent: 40 }), state, true)).toBe('40 % #5')
    expect(standing(listed(99, 'in_progress', { progressPercent: 40 }), state, false)).toBe('40 %')
  })
})

describe('the tasks', () => {
  const came = (count: number, limit = 100, filter = ''): AppEvent => ({
    kind: 'loaded',
    source: 'tasks',
    by: { filter, limit, query: queryOf(filter, []) },
    answer: Array.from({ length: count }, (_, index) => listed(20_000 - index, 'pending')),
  })
  const counted = (pending: number, completed: number) => {
    const { queue } = statusView()
    const byStatus = { ...queue.byStatus, in_progress: 0, pending, completed }
    return stateOf({ status: statusView({ queue: { ...queue, byStatus } }) })
  }
  const about = (state: AppState) => screens.tasks.about(state)

  it('say of how many they are the newest, as far as anybody knows', () => {
    expect(about(play(stateOf(), '3').state)).toBe('')
    expect(about(play(counted(7000, 3214), '3', came(1000, 1000)).state)).toBe('the newest 1,000 of 10,214')
    expect(about(play(counted(7000, 3214), '3', came(100, 100, 'pending')).state)).toBe(
      'the newest 100 of 7,000',
    )
    expect(about(play(counted(7000, 3214), '3', came(100, 100, 'licence')).state)).toBe('the newest 100')
    // Counts may be a moment older than the rows.
    expect(about(play(counted(90, 0), '3', came(100)).state)).toBe('the newest 100')
    expect(about(play(counted(1, 0), '3', came(1)).state)).toBe('1 task')
  })

  it('are asked for more rarely the more they are, and few again for another filter', () => {
    const at = (limit: number) => intervalMsOf({ source: 'tasks', by: { filter: '', limit, query: {} } })
    expect([100, 300, 1000].map(at)).toEqual([150, 450, 1500])
    const { state, effects } = play(
      stateOf(),
      '3',
      came(100),
      ...Array.from({ length: 10 }, () => 'pgdn'),
      '/',
      'x',
    )
    expect(effects.slice(-2)).toMatchObject([{ by: { limit: 300 } }, { by: { limit: 100 } }])
    expect(state.arrangements.tasks.limit).toBe(100)
  })

  it('come in the orders that an operator asks for', () => {
    const rows = [
      listed(9, 'completed'),
      listed(8, 'pending', { priority: 3 }),
      listed(7, 'failed'),
      listed(6, 'in_progress'),
      listed(5, 'assigned', { urgent: true }),
      listed(4, 'pending', { priority: 1, createdAt: 1 }),
      listed(3, 'retry'),
      listed(2, 'pending', { sacredFirePriority: 8 }),
    ]
    const all: AppEvent = { ...came(0), answer: rows } as AppEvent
    const ids = (...keys: string[]) => screens.tasks.ids(play(stateOf(), '3', all, ...keys).state).join(' ')
    expect(ids()).toBe('9 8 7 6 5 4 3 2')
    expect(ids('s')).toBe('6 3 8 5 4 2 7 9')
    expect(ids('s', 's')).toMatch(/^5 2 4 8 /)
    expect(ids('s', 's', 's')).toMatch(/^4 /)
  })

  it('stand by their positions where those at work come first, also when the positions change', () => {
    const rows = [44, 43, 42, 41, 39].map((id) => listed(id, id === 43 ? 'pending' : 'in_progress'))
    const all: AppEvent = { ...came(0), answer: rows } as AppEvent
    const { state } = play(stateOf(), '3', all, 's')
    // 39 has no position: nobody has seen it begin.
    expect(screens.tasks.ids(state).join(' ')).toBe('41 42 44 39 43')
    const positions = [42, 44, 41].map((id, index) => position(index + 1, { taskId: taskId(id) }))
    const moved: AppEvent = { kind: 'status', status: statusView({ positions }), now: later(1000) }
    expect(screens.tasks.ids(play(state, moved).state).join(' ')).toBe('42 44 41 39 43')
  })

  it('say whose Jr was never seen', () => {
    const { cluster } = atWork()
    if (cluster === undefined) throw new Error('the fixture has no cluster')
    const ghost = jrName('Ghost Jr.')
    const status = statusView({ cluster: { ...cluster, unseen: [{ jr: ghost, tasks: 1 }] } })
    const answer = [
      listed(9, 'assigned', { assignedJr: ghost }),
      listed(8, 'completed', { assignedJr: ghost }),
    ]
    const { state } = play(stateOf({ status }), '3', { ...came(0), answer } as AppEvent)
    const rows = screens.tasks.lines(state).map(plainText)
    expect(rows.filter((row) => row.includes('no such Jr seen'))).toHaveLength(1)
    expect(standing(listed(9, 'assigned', { assignedJr: ghost }), state, true)).toBe('no such Jr')
  })

  it('lead on to the worker that is at one', () => {
    const at = worker(1, 'running', { name: jrName('Research Jr.') })
    const { state } = play(stateOf({ status: statusView({ workers: [at] }) }), 'j', 'enter', {
      kind: 'loaded',
      source: 'task',
      by: { id: taskId(42) },
      answer: { apiVersion: 1, task: listed(42, 'in_progress', { assignedJr: at.name }), attempts: [] },
    })
    expect(play(state, 'w').state.pages.at(-1)).toMatchObject({
      kind: 'worker',
      id: `Research Jr. ${at.slot}`,
    })
    // What is below is asked for again: the page above may have taken its place.
    expect(play(state, 'w', 'esc').effects.at(-1)).toMatchObject({ source: 'why', by: { id: 42 } })
  })

  it('are asked for again while a page tells their ages, though nothing changes', () => {
    const opened = play(stateOf(), 'j', 'enter').state
    const asked = (ms: number) =>
      play(opened, { kind: 'tick', now: later(ms) }).effects.map((effect) =>
        effect.kind === 'load' ? effect.source : effect.kind,
      )
    expect(asked(3000)).toEqual(['refresh', 'task', 'why'])
    expect(asked(900)).toEqual(['refresh'])
  })
})

describe('the dead letters', () => {
  const shown = (...events: (AppEvent | string)[]) => play(stateOf(), '6', ...events)

  it('are replayed all that are shown, with the versions that were seen, and honest about the rest', () => {
    const letters = [deadOwn('w7'), deadTask(11), deadTask(10)]
    const { state } = shown(lettersCame(letters, { filter: 'timeout', nextBefore: 10, limit: 2 }), 'A')
    expect(state.question?.preview).toMatch('More are dead than these.')
    expect(state.question?.command).toBe('jrctl dlq replay --search timeout --limit 3')
    const [effect] = play(state, 'y').effects
    expect(effect).toMatchObject({
      change: { letters: letters.map(({ id, version }) => ({ id, version })) },
    })
  })

  it('are replayed no more at once than the API takes', () => {
    const many = Array.from({ length: 1500 }, (_, index) => deadTask(2000 - index))
    const { state } = shown(lettersCame(many, { limit: 1000 }), 'A')
    expect(state.question?.preview).toMatch('Replay all 1000 shown?')
    expect(state.question?.command).toMatch('--limit 1000')
  })

  it.each(['R', 'A', 'D'])('are left alone by %s where they are a copy', (key) => {
    const { state } = shown(lettersCame([deadTask(9)], { copyBecause: 'connection refused' }), key)
    expect(state.question).toBeNull()
    expect(state.message?.text).toMatch('this is a copy')
  })

  it("of this node's workers are its own, whatever the queue does", () => {
    const { state } = shown(lettersCame([deadOwn('w7')], { copyBecause: 'connection refused' }), 'R')
    expect(state.question?.command).toBe('jrctl dlq replay w7')
  })

  it('say of how many they are the newest', () => {
    const about = (...events: (AppEvent | string)[]) => screens.dead_letters.about(shown(...events).state)
    expect(about()).toBe('')
    expect(about(lettersCame([deadTask(1)]))).toBe('1 dead letter')
    expect(about(lettersCame(someLetters, { nextBefore: 9 }))).toBe('the newest 42')
  })

  it('are asked for further back when the cursor nears the end', () => {
    const { effects } = shown(lettersCame(someLetters, { nextBefore: 9 }), 'pgdn', 'pgdn', 'pgdn')
    expect(effects.at(-1)).toMatchObject({ source: 'dead_letters', by: { limit: 300 } })
  })

  it('lead on to their task', () => {
    const { state } = shown(lettersCame([deadTask(9)]), 'enter', {
      kind: 'loaded',
      source: 'dead_letter',
      by: { id: deadTask(9).id },
      answer: { apiVersion: 1, letter: deadTask(9), task: null, attempts: [] },
    })
    expect(play(state, 't').state.pages.at(-1)).toMatchObject({ kind: 'task', id: '9' })
    expect(play(state, 'R').state.question?.command).toBe('jrctl dlq replay 9')
  })

  it('say so when there are none, or none like what was typed', () => {
    const text = (...events: (AppEvent | string)[]) =>
      screens.dead_letters
        .lines(shown(...events).state)
        .map(plainText)
        .join('\n')
    expect(text()).toContain('Asking')
    expect(text(lettersCame([]))).toContain('has been given up')
    expect(text('/', 'x', lettersCame([]))).toContain('Nothing is like “x”')
  })
})
