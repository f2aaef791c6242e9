import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LedgerEntry } from '../../src/domain/ledger-event.ts'
import type { AppEvent } from '../../tui/event.ts'
import { plainText } from '../../tui/line.ts'
import { pages } from '../../tui/pages/pages.ts'
import { heldMax } from '../../tui/screens/ledger/heard.ts'
import type { LedgerPlace } from '../../tui/screens/ledger/place.ts'
import { isLike, wishOf } from '../../tui/screens/ledger/query.ts'
import { screens } from '../../tui/screens/screens.ts'
import type { AppState } from '../../tui/state.ts'
import { later, play, stateOf } from './fixture.ts'
import { entries, entry, ledgerCame, noted } from './ledger-fixture.ts'

const load = (query: object = {}, limit = 100, place: LedgerPlace = 'end') => ({
  kind: 'load',
  source: 'ledger',
  by: { query, limit, place },
})
const shown = (state: AppState) => screens.ledger.ids(state).map(Number)
const cursor = (state: AppState) => Number(state.lists.ledger.id)
const opened = (...more: (AppEvent | string)[]) => play(stateOf(), '5', ledgerCame(entries(1, 50)), ...more)
const typed = (text: string) => ['/', ...Array.from(text)]

describe('the filter of the ledger', () => {
  it.each([
    ['', {}, ''],
    ['exit  code', {}, 'exit code'],
    ['error', { level: 'error' }, ''],
    ['warn #42 lease', { level: 'warn', taskId: 42 }, 'lease'],
    ['dlq.', { type: 'dlq.*' }, ''],
    ['task.sta', { type: 'task.sta*' }, ''],
    ['task.*', { type: 'task.*' }, ''],
    ['task.status_changed', { type: 'task.status_changed' }, ''],
    ['foo.bar', {}, 'foo.bar'],
    ['worker', {}, 'worker'],
    ['#x constructor', {}, '#x constructor'],
    ['warn error', { level: 'error' }, ''],
    ['jr:"Research Jr." exit', { worker: 'Research Jr.' }, 'exit'],
    ['jr:res', { worker: 'Research Jr.' }, ''],
    ['jr:', {}, ''],
  ])('%j', (filter, query, words) => {
    expect(wishOf(filter, ['Research Jr.'])).toEqual({ query, words })
  })

  it('chooses as the daemon does', () => {
    const one = entry(2, { taskId: 42 as never })
    expect(isLike(one, wishOf('dlq. error #42', []).query)).toBe(true)
    for (const other of ['dlq. warn', 'task.', '#43', 'task.status_changed'])
      expect(isLike(one, wishOf(other, []).query)).toBe(false)
  })

  it('says how to look further where it leaves nothing', () => {
    const lines = (filter: string) =>
      screens.ledger
        .lines(opened(...typed(filter)).state)
        .map(plainText)
        .join(' ')
    expect(lines('dlqq')).toContain('Nothing of these 50 entries is like “dlqq”')
    expect(lines('run xyz')).toContain('In the whole ledger: /run. xyz')
    expect(lines('run.')).toContain('Nothing is like “run.”')
    const empty = play(stateOf(), '5', ledgerCame([])).state
    expect(screens.ledger.lines(empty).map(plainText).join(' ')).toContain('The ledger is empty.')
  })

  it('asks anew for what the daemon chooses by, and looks for words in what is there', () => {
    const { state, effects } = opened(...typed('exit'))
    expect(effects).toEqual([load()])
    expect(shown(state)).toEqual(
      entries(1, 50)
        .filter(({ message }) => message.includes('exit'))
        .map(({ id }) => id),
    )
    expect(play(state, 'enter', ...typed(' #42')).effects).toEqual([
      load({ taskId: 4 }),
      load({ taskId: 42 }),
    ])
  })
})

describe('f', () => {
  it('leaves what is about the same, and esc drops that', () => {
    const { state, effects } = opened('g', 'j', 'f')
    expect(effects.at(-1)).toEqual(load({ taskId: 42 }))
    expect(new Set(shown(state).map((id) => entry(id).taskId))).toEqual(new Set([42]))
    expect(shown(play(state, 'esc').state)).toHaveLength(50)
    const { state: ofWorker, effects: asked } = opened('g', 'f')
    expect(asked.at(-1)).toEqual(load({ worker: 'Research Jr.' }))
    expect(shown(ofWorker).map((id) => entry(id).worker ?? 'none')).not.toContain('none')
  })
})

describe('the ledger', () => {
  it('is asked for when it is opened, and not because something changed', () => {
    expect(play(stateOf(), '5').effects).toEqual([load()])
    expect(opened({ kind: 'changed' }).effects).toEqual([load(), { kind: 'refresh' }])
  })

  it('grows by what is noted, without a question', () => {
    const { state, effects } = opened(noted(entry(51)), noted(entry(52), entry(53)))
    expect(shown(state).slice(-3)).toEqual([51, 52, 53])
    expect(effects).toEqual([load()])
  })

  it('shows what was noted while the answer was on its way once, in its place', () => {
    const { state } = play(stateOf(), '5', noted(entry(50), entry(51)), ledgerCame(entries(1, 50)))
    expect(shown(state)).toEqual(entries(1, 51).map(({ id }) => id))
  })

  it('shows of what is noted what is like the filter', () => {
    const { state } = opened(...typed('error'), noted(entry(51), entry(52), entry(53), entry(54)))
    expect(shown(state).filter((id) => id > 50)).toEqual([54])
  })

  it('is asked for again when the numbers have a gap, or it was not listened to', () => {
    expect(opened(noted(entry(51)), noted(entry(60))).effects.slice(1)).toEqual([load()])
    const away = opened('1', noted(entry(51)), '5')
    expect(away.effects).toEqual([load(), load()])
    expect(away.state.heard.entries).toEqual([])
  })

  it('is asked for again when some of its growth may have been missed', () => {
    expect(opened({ kind: 'missed' }).effects).toEqual([load(), { kind: 'refresh' }, load()])
  })

  it('of a younger daemon takes the place of the old one', () => {
    const { state } = opened(noted(entry(51)), noted(entry(1), entry(2)), ledgerCame(entries(1, 2)))
    expect(shown(state)).toEqual([1, 2])
  })

  it('is bounded, and loses nothing of its end, however it comes', () => {
    const batches = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(batches, fc.constantFrom('', 'error', 'warn exit'), (sizes, filter) => {
        let last = 50
        const { query, words } = wishOf(filter, ['Research Jr.'])
        const like = (one: LedgerEntry) => isLike(one, query)
        const answer = ledgerCame(entries(1, 50).filter(like), { query })
        let state = opened(...typed(filter), 'enter', answer).state
        for (const size of sizes) {
          state = play(state, noted(...entries(last + 1, last + size))).state
          last += size
        }
        const held = entries(1, last).filter(like).slice(-heldMax)
        const all = held.filter(({ message }) => message.includes(words))
        expect(shown(state)).toEqual(all.map(({ id }) => id))
        expect(state.heard.entries.length).toBeLessThanOrEqual(heldMax)
        expect(state.loaded.ledger?.answer.length).toBeLessThanOrEqual(heldMax)
      }),
      { numRuns: 30 },
    )
  })

  it('is asked for further back at its upper end', () => {
    const full = play(stateOf(), '5', ledgerCame(entries(1, 100)))
    expect(full.effects).toEqual([load()])
    const up = play(full.state, ...Array.from({ length: 7 }, () => 'pgup'))
    expect(up.effects).toEqual([load({}, 300)])
    expect(cursor(play(up.state, ledgerCame(entries(1, 100), { limit: 300 })).state)).toBe(1)
    expect(play(up.state, ledgerCame(entries(1, 100), { limit: 300 }), 'k').effects).toEqual([])
  })

  it('is shown by g from as far back as it is held', () => {
    const { state, effects } = play(stateOf(), '5', ledgerCame(entries(1901, 2000)), 'g')
    expect(effects.at(-1)).toEqual(load({}, heldMax))
    const all = play(state, ledgerCame(entries(1001, 2000), { limit: heldMax })).state
    expect([cursor(all), all.message?.text]).toEqual([1001, 'This is the end of the newest 1,000 entries.'])
  })
})

describe('the progress of tasks', () => {
  const progress = (id: number) =>
    entry(id, {
      eventType: 'task.updated',
      level: 'info',
      taskId: 41 as never,
      message: `task 41 changed: progress_percent`,
      data: { changes: { progress_percent: id % 100, progress_note: 'on' } },
    })
  const busy = [...entries(1, 3), progress(4), progress(5), entry(6), progress(7)]
  const shownOf = (...more: (AppEvent | string)[]) => play(stateOf(), '5', ledgerCame(busy), ...more).state

  it('drowns nothing: it is left out, counted, and shown by a key', () => {
    expect(shown(shownOf())).toEqual([1, 2, 3, 6])
    expect(screens.ledger.about(shownOf())).toBe('4 entries · 3 of progress left out, a shows them')
    expect(shown(shownOf('a'))).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(screens.ledger.about(shownOf('a'))).toBe('7 entries')
    expect(shown(shownOf('a', 'a'))).toEqual([1, 2, 3, 6])
    expect(shown(shownOf(noted(progress(8), entry(9))))).toEqual([1, 2, 3, 6, 9])
  })

  it('is there for who asks for its task, its type or its words', () => {
    expect(shown(shownOf(...typed('#41')))).toContain(4)
    expect(shown(shownOf(...typed('task.updated')))).toEqual([4, 5, 7])
    expect(shown(shownOf(...typed('progress')))).toEqual([4, 5, 7])
    expect(shown(shownOf(...typed('info')))).not.toContain(4)
  })

  it('is no other change of a task', () => {
    const edited = entry(8, {
      eventType: 'task.updated',
      data: { changes: { title: 'x', progress_percent: 1 } },
    })
    expect(shown(shownOf(noted(edited)))).toContain(8)
  })

  it('says so where nothing else is there', () => {
    const lines = screens.ledger.lines(play(stateOf(), '5', ledgerCame([progress(1)])).state).map(plainText)
    expect(lines.join(' ')).toContain('tell of the progress of tasks alone; a shows them')
  })
})

describe('[ and ]', () => {
  const full = () => play(stateOf(), '5', ledgerCame(entries(2001, 2100))).state
  const before = { place: { beforeId: 2001 }, limit: heldMax }
  const window = () => play(full(), '[', ledgerCame(entries(1001, 2000), before)).state

  it('go back by windows, and forth again to the end, which is live', () => {
    const asked = play(full(), '[')
    expect(asked.effects).toEqual([load({}, heldMax, before.place)])
    expect(screens.ledger.ids(asked.state)).toEqual([])
    expect([cursor(window()), shown(window())[0]]).toEqual([2000, 1001])
    expect(play(window(), '[').effects).toEqual([load({}, heldMax, { beforeId: 1001 })])
    const next = play(window(), ']')
    expect(next.effects).toEqual([load({}, heldMax, { afterId: 2000 })])
    const end = { place: { afterId: 2000 }, limit: heldMax }
    const last = play(next.state, ledgerCame(entries(2001, 2100), end))
    expect(cursor(last.state)).toBe(2001)
    expect(play(last.state, ']').effects).toEqual([load({}, heldMax)])
    expect(play(full(), ']').effects).toEqual([])
  })

  it('stay where they are when the daemon does not give it', () => {
    const failed = (place: LedgerPlace): AppEvent => ({
      kind: 'failed',
      effect: { kind: 'load', source: 'ledger', by: { query: {}, limit: heldMax, place } },
      reason: 'beforeId: there is no such field',
    })
    const { state } = play(full(), '[', failed(before.place))
    expect([shown(state).at(-1), state.ledgerPlace, state.message?.kind]).toEqual([2100, 'end', 'bad'])
    expect(play(window(), '[', failed({ beforeId: 1001 })).state.ledgerPlace).toEqual(before.place)
  })

  it('stop at the beginning', () => {
    expect(opened('[').state.message?.text).toContain('Nothing earlier')
  })

  it('leave a window as it is while the ledger grows', () => {
    const { state, effects } = play(window(), noted(entry(2101)), { kind: 'changed' }, 'k')
    expect([shown(state).length, cursor(state)]).toEqual([1000, 1999])
    expect(effects.filter(({ kind }) => kind === 'load')).toEqual([])
    const back = play(state, 'esc', ledgerCame(entries(1102, 2101), { limit: heldMax })).state
    expect([cursor(back), back.ledgerPlace]).toEqual([2101, 'end'])
  })

  it('find in windows what is like the filter', () => {
    const wanted = play(window(), ...typed('#42'), 'enter').effects.at(-1)
    expect(wanted).toEqual(load({ taskId: 42 }, heldMax, before.place))
  })
})

describe('the cursor of the ledger', () => {
  it('stays at the newest while it is there, and on its entry while it is not', () => {
    expect(cursor(opened().state)).toBe(50)
    expect(cursor(opened(noted(entry(51))).state)).toBe(51)
    const above = opened('k', noted(entry(51)))
    expect(cursor(above.state)).toBe(49)
    expect(cursor(play(above.state, 'G', noted(entry(52))).state)).toBe(52)
  })

  it('has the same rows around it while others come and go', () => {
    const row = ({ lists }: AppState) => lists.ledger.index - lists.ledger.top
    const { state } = opened('k', 'k', 'k', 'k')
    const grown = play(state, noted(...entries(51, 70))).state
    expect([cursor(grown), row(grown)]).toEqual([46, row(state)])
    const pushed = play(grown, noted(...entries(71, 1020))).state
    expect([cursor(pushed), row(pushed)]).toEqual([46, row(state)])
  })

  it('is at the other end where the newest come first', () => {
    const turned = opened('s', 'g')
    expect(shown(turned.state).slice(0, 2)).toEqual([50, 49])
    expect(cursor(play(turned.state, noted(entry(51))).state)).toBe(51)
    expect(shown(play(turned.state, 's').state)[0]).toBe(50)
  })
})

describe('the page of an entry', () => {
  const lines = (state: AppState) => {
    const page = state.pages.at(-1)
    return page && pages[page.kind].lines(state, page.id)?.map(plainText)
  }

  it('tells all that is in it, and leads to its task', () => {
    const data = { attempt: 4 }
    const { state, effects } = opened(noted(entry(51, { taskId: 42 as never, data })), 'enter', 't')
    expect(effects).toContainEqual({ kind: 'load', source: 'task', by: { id: 42 } })
    const text = lines(play(state, 'esc').state)?.join('\n')
    for (const part of ['51 ', 'Task        42', '"attempt": 4', entry(51).hash]) expect(text).toContain(part)
  })

  it('is asked for where it is not held any more', () => {
    const { state } = opened('g', 'enter')
    const gone: AppState = { ...state, loaded: { ...state.loaded, ledger: null } }
    expect(lines(gone)).toBeUndefined()
    expect(pages.entry.wants(gone, '1')).toEqual([{ source: 'ledger_entry', by: { id: 1 } }])
    const came = (answer: LedgerEntry | null): AppEvent => ({
      kind: 'loaded',
      source: 'ledger_entry',
      by: { id: 1 },
      answer,
    })
    expect(lines(play(gone, came(entry(1))).state)?.[0]).toContain('1 ')
    expect(lines(play(gone, came(null)).state)?.[0]).toContain('no entry 1')
  })
})

describe('v', () => {
  it('asks once, by the key alone', () => {
    const { state, effects } = opened('v', { kind: 'changed' })
    const asked = effects.filter((effect) => effect.kind === 'load' && effect.source === 'ledger_verdict')
    expect(asked).toHaveLength(1)
    expect(state.pages.at(-1)?.kind).toBe('verdict')
    const again = play(state, { kind: 'tick', now: later(2000) }, 'v')
    expect(again.state.pages).toHaveLength(1)
    expect(again.effects.at(-1)).toMatchObject({ source: 'ledger_verdict' })
  })
})
