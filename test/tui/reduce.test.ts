import { describe, expect, it } from 'vitest'
import { taskId } from '../../src/domain/ids.ts'
import type { Task } from '../../src/domain/task.ts'
import { unchanged } from '../../tui/changes/change.ts'
import type { AppEvent } from '../../tui/event.ts'
import { pageHeight } from '../../tui/layout.ts'
import { plainText } from '../../tui/line.ts'
import { pages } from '../../tui/pages/pages.ts'
import { screens } from '../../tui/screens/screens.ts'
import { queryOf } from '../../tui/screens/tasks/query.ts'
import { type AppState, screenNames } from '../../tui/state.ts'
import { later, listed, now, play, position, small, stateOf, statusView, task } from './fixture.ts'

const status = (positions = statusView().positions, at = later(1000)): AppEvent => ({
  kind: 'status',
  status: statusView({ positions }),
  now: at,
})
const away: AppEvent = {
  kind: 'link',
  link: { kind: 'away', reason: 'No daemon answers', retryAtMs: now.monotonicMs + 3000 },
}
const live: AppEvent = { kind: 'link', link: { kind: 'live' } }
const by = (filter: string, limit = 100) => ({ filter, limit, query: queryOf(filter, []) })
const tasksCame = (count: number, filter = '', limit = 100): AppEvent => {
  const tasks = Array.from({ length: count }, (_, index) => listed(count - index, 'pending'))
  return { kind: 'loaded', source: 'tasks', by: by(filter, limit), answer: tasks }
}
const urgentSet = (undo: boolean, changed = true): AppEvent => {
  const change = { kind: 'urgent' as const, id: taskId(43), undo }
  const back = { preview: 'Back?', command: 'jrctl', change: { ...change, undo: !undo } }
  const sentence = 'It is done.'
  return {
    kind: 'done',
    outcome: changed ? { change, sentence, undo: back } : { change, sentence, ...unchanged },
  }
}
const load = (filter: string, limit = 100) => ({ kind: 'load', source: 'tasks', by: by(filter, limit) })
const loadTask = (id: number) => ({ kind: 'load', source: 'task', by: { id } })
const loadWhy = (id: number) => ({ kind: 'load', source: 'why', by: { id } })
const typed = (text: string): string[] => Array.from(text)

describe('screens', () => {
  it('are chosen by digits and tab, round and round', () => {
    const shown = (...keys: string[]) => play(stateOf(), ...keys).state.screen
    expect(shown('3')).toBe('tasks')
    expect(shown('tab')).toBe('workers')
    expect(shown(...screenNames.map(() => 'tab'))).toBe('positions')
    expect(shown('shift+tab')).toBe(screenNames.at(-1))
  })

  it('ask for what they need when they are opened, and again when something changed', () => {
    expect(play(stateOf(), '3').effects).toEqual([load('')])
    expect(play(play(stateOf(), '3').state, { kind: 'changed' }).effects).toEqual([
      { kind: 'refresh' },
      load(''),
    ])
    expect(play(stateOf(), { kind: 'changed' }).effects).toEqual([{ kind: 'refresh' }])
  })
})

describe('the cursor', () => {
  const cursor = (state: AppState) => state.lists.positions.id

  it('moves by j, k, pages and ends, and stops at them', () => {
    expect(cursor(play(stateOf(), 'j', 'j', 'k').state)).toBe('42')
    expect(cursor(play(stateOf(), 'k').state)).toBe('41')
    expect(cursor(play(stateOf(), 'G', 'j').state)).toBe('45')
    expect(cursor(play(stateOf(), 'pgdn', 'g').state)).toBe('41')
  })

  it('follows its task to another position', () => {
    const { state } = play(stateOf(), 'j', 'j')
    const moved = [position(1, { taskId: taskId(43) }), position(2), position(3, { taskId: taskId(41) })]
    expect(cursor(play(state, status(moved)).state)).toBe('43')
    expect(play(state, status(moved)).state.lists.positions.index).toBe(0)
  })
})

describe('u', () => {
  it('shows what would happen and does nothing before y', () => {
    const asked = play(stateOf(), 'j', 'j', 'u')
    expect(asked.effects).toEqual([])
    expect(asked.state.question?.preview).toBe(
      'Make task 43 urgent? Position 3 → 1, share 12.5 % → 50 %; 2 tasks move down.',
    )
    expect(play(asked.state, 'y').effects).toEqual([
      { kind: 'change', change: { kind: 'urgent', id: 43, undo: false } },
    ])
  })

  it.each(['n', 'esc', 'q'])('does nothing after %s', (key) => {
    const { state, effects } = play(stateOf(), 'u', key, 'y')
    expect(effects).toEqual([])
    expect(state.question).toBeNull()
  })

  it('takes no other key for an answer', () => {
    const { state, effects } = play(stateOf(), 'u', 'j', 'Y', 'enter', ' ')
    expect(effects).toEqual([])
    expect(state.question).not.toBeNull()
  })

  it('takes urgency back where it is', () => {
    const urgent = stateOf({ status: statusView({ positions: [position(1, { urgent: true })] }) })
    expect(play(urgent, 'u', 'y').effects).toEqual([
      { kind: 'change', change: { kind: 'urgent', id: 41, undo: true } },
    ])
  })

  it('is refused on a finished task, on a read-only screen, with the daemon away, without a task', () => {
    const refused = (state: AppState, ...events: (AppEvent | string)[]) => {
      const played = play(state, ...events)
      expect(played.state.question).toBeNull()
      return played.state.message?.text
    }
    const done: AppEvent = {
      kind: 'loaded',
      source: 'tasks',
      by: by(''),
      answer: [listed(7, 'completed')],
    }
    expect(refused(stateOf(), '3', done, 'u')).toMatch('Task 7 is completed')
    expect(refused(stateOf({ readOnly: true }), 'u')).toMatch('read-only')
    expect(refused(stateOf(), away, 'u')).toMatch('away')
    expect(refused({ ...stateOf(), refusal: 'No token.' }, 'u')).toBe('No token.')
    expect(refused(stateOf({ status: statusView({ positions: [] }) }), 'u')).toMatch('No task')
  })
})

describe('z', () => {
  it('offers to take back what was done, once', () => {
    const done = play(stateOf(), urgentSet(false)).state
    expect(done.message?.text).toBe('It is done.')
    expect(play(done, 'z', 'y').effects).toEqual([
      { kind: 'change', change: { kind: 'urgent', id: 43, undo: true } },
    ])
    const back = play(done, urgentSet(true)).state
    expect(play(back, 'z', 'y').effects).toEqual([
      { kind: 'change', change: { kind: 'urgent', id: 43, undo: false } },
    ])
    expect(back.undo).toHaveLength(1)
  })

  it('offers nothing when nothing was changed', () => {
    expect(play(stateOf(), 'z').state.question).toBeNull()
    const same = play(stateOf(), urgentSet(false), urgentSet(false, false), 'z').state
    expect(same.question?.change).toMatchObject({ kind: 'urgent', undo: true })
  })

  it('passes over nothing that cannot be taken back without saying so', () => {
    const purge = { kind: 'purge' as const, id: 'w7', letters: [] }
    const purged: AppEvent = { kind: 'done', outcome: { change: purge, sentence: 'Gone.', undo: null } }
    const asked = play(stateOf(), urgentSet(false), purged, 'z').state
    expect(asked.question).toBeNull()
    expect(asked.message?.text).toMatch('What was changed last cannot be taken back. z again goes on')
    expect(play(asked, 'z').state.question?.change).toMatchObject({ kind: 'urgent' })
  })

  it('waits for a change that is under way', () => {
    const sent = play(stateOf(), urgentSet(false), 'u', 'y').state
    expect(play(sent, 'z').state.question).toBeNull()
    expect(play(sent, 'z').state.message?.text).toMatch('under way')
    const failed = { kind: 'failed' as const, reason: 'no' }
    const [change] = sent.underWay.map((one) => one.change)
    if (change === undefined) throw new Error('nothing is under way')
    expect(play(sent, { ...failed, effect: { kind: 'change', change } }, 'z').state.question).not.toBeNull()
  })
})

describe('the filter', () => {
  it('asks with every letter, keeps it on enter, drops it on esc', () => {
    const { state, effects } = play(stateOf(), '3', '/', ...typed('jq'))
    expect(effects.slice(1)).toEqual([load('j', 100), load('jq', 100)])
    const after = (key: string) => {
      const { arrangements, editing } = play(state, key).state
      return [arrangements.tasks.filter, editing]
    }
    expect(after('enter')).toEqual(['jq', false])
    expect(after('esc')).toEqual(['', false])
    expect(after('backspace')).toEqual(['j', true])
  })

  it('takes pasted text, which is never commands, and makes it harmless', () => {
    expect(play(stateOf(), { kind: 'pasted', text: 'uyq' }).effects).toEqual([])
    const { state } = play(stateOf(), '3', '/', { kind: 'pasted', text: 'a\u001B[2Jb' })
    expect(state.arrangements.tasks.filter).toBe('a␛b')
  })

  it('chooses among the rows that are there by words in any order and case', () => {
    const { state, effects } = play(stateOf(), '/', ...typed('research 44'))
    expect(effects).toEqual([])
    expect(screens.positions.ids(state)).toEqual([])
    expect(screens.positions.ids(play(state, 'backspace').state)).toEqual(['41', '45'])
    expect(screens.workers.ids(play(stateOf(), '2', '/', ...typed('BACKOFF')).state)).toHaveLength(1)
  })

  it("is each screen's own", () => {
    const { state } = play(stateOf(), '/', '4', '5', 'enter', '2')
    expect(screens.workers.ids(state)).toHaveLength(4)
    expect(screens.positions.ids(play(state, '1').state)).toEqual(['45'])
  })
})

describe('s', () => {
  it('orders the rows in the next way, round and round, and says how', () => {
    const { state } = play(stateOf(), 's')
    expect(screens.positions.ids(state)[0]).toBe('45')
    expect(state.message?.text).toBe('Ordered by: longest at work.')
    expect(screens.positions.ids(play(state, 's', 's').state)[0]).toBe('41')
  })

  it('leaves the cursor on its row', () => {
    expect(play(stateOf(), 'j', 's').state.lists.positions).toMatchObject({ id: '42', index: 3 })
  })
})

describe('the tasks', () => {
  it('are asked for further back when the cursor nears the end, up to a bound', () => {
    const downs = Array.from({ length: 100 }, () => 'pgdn')
    const { effects, state } = play(stateOf(), '3', tasksCame(100), ...downs)
    expect(effects.at(-1)).toEqual(load('', 300))
    const three = play(state, tasksCame(300, '', 300), ...downs).state
    const nine = play(three, tasksCame(900, '', 900), ...downs).state
    const end = play(nine, tasksCame(1000, '', 1000), ...downs).state
    expect(end.arrangements.tasks.limit).toBe(1000)
  })

  it('are all asked for that can be had once they are ordered in another way', () => {
    const { effects } = play(stateOf(), '3', tasksCame(100), 's')
    expect(effects.at(-1)).toEqual(load('', 1000))
    expect(play(stateOf(), '3', tasksCame(99), 's').effects).toHaveLength(1)
  })

  it('are shown to their very end by G, in one go, unless another key is pressed', () => {
    const seeking = play(stateOf(), '3', tasksCame(100), 'G')
    expect(seeking.effects.at(-1)).toEqual(load('', 1000))
    expect(seeking.state.lists.tasks.id).toBe('1')
    expect(seeking.state.message?.text).toMatch('Asking for all')
    const all = tasksCame(623, '', 1000)
    const cursor = (...events: (AppEvent | string)[]) => play(seeking.state, ...events).state.lists.tasks
    expect(cursor(all)).toMatchObject({ id: '1', index: 622 })
    expect(play(seeking.state, all).state.message?.text).toBe('This is the end of 623 tasks.')
    expect(cursor('g', all)).toMatchObject({ id: '100', index: 523 })
    expect(cursor('k', all)).toMatchObject({ id: '2' })
    expect(play(seeking.state, all, 'k', 'k').state.lists.tasks.id).toBe('3')
  })

  it('are not asked for again when there are no more', () => {
    expect(play(stateOf(), '3', tasksCame(99), 'G').effects).toHaveLength(1)
  })
})

describe('the page of a task', () => {
  const opened = () => play(stateOf(), 'j', 'enter')

  const came = (id: number, more: Partial<Task> = {}): AppEvent => ({
    kind: 'loaded',
    source: 'task',
    by: { id: taskId(id) },
    answer: { apiVersion: 1, task: task(id, 'in_progress', more), attempts: [] },
  })
  const lines = (state: AppState) => pages.task.lines(state, state.pages.at(-1)?.id ?? '')

  it('is asked for on enter, shown when it comes, left on esc', () => {
    const { state, effects } = opened()
    expect(effects).toEqual([loadTask(42), loadWhy(42)])
    expect(lines(state)).toBeNull()
    const shown = play(state, came(42)).state
    expect(plainText(lines(shown)?.[0] ?? [])).toContain('Task number 42')
    expect(play(shown, 'esc').state.pages).toEqual([])
    expect(play(shown, { kind: 'changed' }).effects).toContainEqual(loadTask(42))
  })

  it('shows no other task that comes late', () => {
    expect(lines(play(opened().state, came(7)).state)).toBeNull()
  })

  it('scrolls no further than its text', () => {
    const description = Array.from({ length: 30 }, (_, line) => `line ${line}`).join('\n')
    const top = (state: AppState) => state.pages.at(-1)?.top
    const { state } = play(opened().state, came(42, { description }), 'pgdn', 'pgdn', 'pgdn', 'j')
    const lowest = (lines(state)?.length ?? 0) - pageHeight(small)
    expect(lowest).toBeGreaterThan(10)
    expect(top(state)).toBe(lowest)
    expect(top(play(opened().state, came(42, { description }), 'G').state)).toBe(lowest)
    expect(top(play(state, 'pgup', 'pgup', 'pgup').state)).toBe(0)
  })
})

describe('the daemon', () => {
  it('is not asked while it is away, and its last state stays', () => {
    const { state } = play(stateOf(), away)
    expect(play(state, { kind: 'tick', now: later(1000) }).effects).toEqual([])
    expect(state.status.view.positions).toHaveLength(5)
  })

  it('is greeted when it comes back, and asked for what the screen needs', () => {
    const { state, effects } = play(stateOf(), '3', away, live)
    expect(state.message?.text).toBe('The daemon is back.')
    expect(effects.filter(({ kind }) => kind === 'load')).toHaveLength(2)
  })

  it('is asked once a second while it is there', () => {
    expect(play(stateOf(), { kind: 'tick', now: later(1000) }).effects).toEqual([
      { kind: 'refresh', because: 'time' },
    ])
  })

  it('that fails to answer is told, unless it is known to be away', () => {
    const failed: AppEvent = { kind: 'failed', effect: { kind: 'refresh' }, reason: 'it broke' }
    expect(play(stateOf(), failed).state.message?.text).toBe('it broke')
    expect(play(stateOf(), away, failed).state.message).toBeNull()
  })
})

describe('a message', () => {
  it('goes at the next key that does something, or after a while', () => {
    const said = play(stateOf(), 'z').state
    expect(play(said, { kind: 'tick', now: later(7000) }).state.message).not.toBeNull()
    expect(play(said, { kind: 'tick', now: later(9000) }).state.message).toBeNull()
    expect(play(said, 'j').state.message).toBeNull()
  })
})

describe('help and quitting', () => {
  it('opens and closes the help', () => {
    expect(play(stateOf(), '?').state.help).toBe(true)
    expect(play(stateOf(), '?', 'esc').state.help).toBe(false)
    expect(play(stateOf(), '?', 'u').state.question).toBeNull()
  })

  it('leaves the help by the keys that show another screen, and says so of the others', () => {
    const after = (key: string) => play(stateOf(), '?', key).state
    expect([after('3').screen, after('3').help]).toEqual(['tasks', false])
    expect([after('tab').screen, after('tab').help]).toEqual(['workers', false])
    expect(after('!').pages).toHaveLength(1)
    expect([after('u').help, after('u').message?.text]).toEqual([true, 'The help is open; esc closes it.'])
    expect(after('X').message).toBeNull()
  })

  it('quits on q, and on ctrl+c from anywhere', () => {
    expect(play(stateOf(), 'q').effects).toEqual([{ kind: 'quit' }])
    for (const before of [['?'], ['u'], ['3', '/'], ['enter']]) {
      expect(play(stateOf(), ...before, 'ctrl+c').effects).toContainEqual({ kind: 'quit' })
    }
  })

  it('is the same state when a key means nothing', () => {
    const { state } = play(stateOf(), 'j')
    expect(play(state, 'X', 'ctrl+x').state).toBe(state)
  })
})
