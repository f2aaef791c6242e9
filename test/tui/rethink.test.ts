import { describe, expect, it } from 'vitest'
import type { PositionView } from '../../src/contract/views.ts'
import { taskId } from '../../src/domain/ids.ts'
import type { Change } from '../../tui/changes/change.ts'
import type { AppEvent } from '../../tui/event.ts'
import { frameLines } from '../../tui/frame.ts'
import { plainText } from '../../tui/line.ts'
import { pressAll } from '../../tui/press.ts'
import { createStore } from '../../tui/store.ts'
import { type AppState, type Effect, rowsFirst } from '../../tui/state.ts'
import { later, listed, play, position, stateOf, statusView, worker } from './fixture.ts'
import { deadTask, lettersCame } from './letters-fixture.ts'

/** What is asked stays true while it is read (the fleet goes on), and nothing is done that was not shown. */

const news = (positions: PositionView[], ms: number): AppEvent => ({
  kind: 'status',
  status: statusView({ positions }),
  now: later(ms),
})
const all = [1, 2, 3, 4, 5].map((place) => position(place))
/** That task at another position. */
function moved({ taskId: id, startedAt }: PositionView, place: number): PositionView {
  return position(place, { taskId: id, startedAt })
}
/** The task that stood first is done; the others have moved up. */
const promoted = all.slice(1).map((was, index) => moved(was, index + 1))
const asked = () => play(stateOf(), 'j', 'j', 'u').state
const preview = ({ question }: AppState) => question?.preview
const foot = (state: AppState) => frameLines(state).slice(-5).map(plainText).join('\n')
const changes = (effects: readonly Effect[]) => effects.filter(({ kind }) => kind === 'change')

describe('a question', () => {
  it('tells what would happen as it is now, and that it has changed', () => {
    expect(preview(asked())).toMatch('Position 3 → 1, share 12.5 % → 50 %; 2 tasks move down.')
    const { state } = play(asked(), news(promoted, 1000))
    expect(preview(state)).toBe('Make task 43 urgent? Position 2 → 1, share 25 % → 50 %; 1 task moves down.')
    expect(foot(state)).toContain('It has changed meanwhile. As it is now:')
  })

  it('holds back the yes that may have been one to what stood there before, once', () => {
    const turned = play(asked(), news(promoted, 1000)).state
    const held = play(turned, 'y')
    expect(changes(held.effects)).toEqual([])
    expect(foot(held.state)).toContain('which does not count')
    expect(changes(play(held.state, 'y').effects)).toHaveLength(1)
  })

  it('takes the yes of who has had the time to read it', () => {
    const turned = play(asked(), news(promoted, 1000)).state
    const read = play(turned, { kind: 'tick', now: later(2500) }).state
    expect(changes(play(read, 'y').effects)).toHaveLength(1)
  })

  it('holds back no yes because figures have moved alone', () => {
    const less = all.map(({ position: place, capacityPct }) =>
      position(place, { capacityPct: capacityPct * 0.99 }),
    )
    const { state } = play(asked(), news(less, 1000))
    expect(preview(state)).toContain('12.4 % → 49.5 %')
    expect(changes(play(state, 'y').effects)).toHaveLength(1)
  })

  it('takes no second yes of the same burst for one that has read', () => {
    const store = createStore(play(asked(), news(promoted, 1000)).state, (effect) => effects.push(effect))
    const effects: Effect[] = []
    pressAll(store, [
      { name: 'y', text: 'y' },
      { name: 'y', text: 'y' },
    ])
    expect(changes(effects)).toEqual([])
  })

  it('is taken back when nothing is left to be asked', () => {
    const gone = play(asked(), news(promoted.slice(2), 1000))
    expect(gone.state.question).toBeNull()
    expect(gone.state.message?.text).toBe('Task 43 is not among these any more. Nothing was changed.')
    expect(changes(play(gone.state, 'y').effects)).toEqual([])
    const list = (status: 'pending' | 'completed'): AppEvent => ({
      kind: 'loaded',
      source: 'tasks',
      by: { filter: '', limit: rowsFirst, query: {} },
      answer: [listed(7, status)],
    })
    const over = play(stateOf(), '3', list('pending'), 'x', list('completed')).state
    expect([over.question, over.message?.text]).toEqual([
      null,
      'Task 7 is completed; there is nothing left to cancel. Nothing was changed.',
    ])
  })

  it('about a worker follows what it is at', () => {
    const workers = [worker(1, 'running', { stopGraceMs: 10_000 })]
    const fleet = (positions: PositionView[], ms: number): AppEvent => ({
      kind: 'status',
      status: statusView({ workers, positions }),
      now: later(ms),
    })
    const at = position(1, { worker: workers[0]?.name ?? null })
    const { state } = play(stateOf(), fleet([], 0), '2', 'p')
    expect(preview(state)).toContain('It is at no task now')
    expect(preview(play(state, fleet([at], 1000)).state)).toContain(
      'Task 41 (position 1) must finish within 10 s',
    )
  })
})

describe('z', () => {
  const done = (change: Change, undo: { preview: string }): AppEvent => ({
    kind: 'done',
    outcome: { change, sentence: 'Done.', undo: { command: 'jrctl', change, isUndo: true, ...undo } },
  })
  const urgent = (undo: boolean): Change => ({ kind: 'urgent', id: taskId(45), undo })

  it('says where the task goes back to', () => {
    // Task 45 has been put before the others, and was the last to begin.
    const begun = [1, 2, 3, 4].map((place) =>
      position(place + 1, { taskId: taskId(40 + place), startedAt: place }),
    )
    const first = position(1, { taskId: taskId(45), urgent: true, startedAt: 5 })
    const { state } = play(
      stateOf(),
      done(urgent(true), { preview: 'Back?' }),
      news([first, ...begun], 0),
      'z',
    )
    expect(preview(state)).toBe(
      'Undo: take back the urgency of task 45? Position 1 → 5, share 50 % → 3.13 %; 4 tasks move up.',
    )
  })

  it('says what is interrupted', () => {
    const { name } = worker(1, 'running')
    const change: Change = { kind: 'worker', id: name, name, action: 'pause', instance: null }
    const workers = [worker(1, 'running', { stopGraceMs: 10_000 })]
    const positions = [position(1, { worker: name })]
    const state = stateOf({ status: statusView({ workers, positions }) })
    expect(preview(play(state, done(change, { preview: 'Pause?' }), 'z').state)).toBe(
      `Undo: pause ${name}? It stays so, also when the daemon restarts. Task 41 (position 1) must finish within 10 s, else the attempt is lost and another one follows.`,
    )
  })

  it('has nothing to cancel of a replayed task that is dead again, and is not misled by the death before', () => {
    const replayed: Change = { kind: 'cancel', id: taskId(7), diedAs: 3 }
    const dead = (version: number) => lettersCame([deadTask(7, { version })])
    const state = play(
      stateOf(),
      '6',
      dead(3),
      done(replayed, { preview: 'Cancel the replayed task 7?' }),
    ).state
    expect(preview(play(state, 'z').state)).toBe('Cancel the replayed task 7?')
    const again = play(state, dead(5), 'z').state
    expect([again.question, again.message?.text]).toEqual([
      null,
      'Task 7 is failed; there is nothing left to cancel.',
    ])
    // Also where the question was open when it died.
    expect(play(state, 'z', dead(5)).state.question).toBeNull()
  })

  it('goes on to what was changed before, where there is nothing to take back any more', () => {
    const list: AppEvent = {
      kind: 'loaded',
      source: 'tasks',
      by: { filter: '', limit: rowsFirst, query: {} },
      answer: [listed(7, 'completed')],
    }
    const change: Change = { kind: 'urgent', id: taskId(7), undo: true }
    const state = play(
      stateOf(),
      done(urgent(true), { preview: 'Back?' }),
      done(change, { preview: 'Back?' }),
    ).state
    const told = play(state, '3', list, 'z').state
    expect(told.question).toBeNull()
    expect(told.message?.text).toMatch('Task 7 is completed and takes no more urgency. z again goes on')
    expect(play(told, 'z').state.question?.change).toEqual(urgent(true))
  })
})

describe('a change that takes its time', () => {
  const { name } = worker(1, 'running')
  const workers = [worker(1, 'running', { stopGraceMs: 10_000 })]
  const state = stateOf({ status: statusView({ workers }) })
  const sent = play(state, '2', 'p', 'y').state
  const slow: AppEvent = { kind: 'told', text: 'the daemon has not answered yet; waiting for up to 155 s' }

  const changeOf = ({ underWay }: AppState): Change => {
    const latest = underWay.at(-1)
    if (latest === undefined) throw new Error('nothing is under way')
    return latest.change
  }

  it('says what is done, and how long that may take, instead of who has not answered', () => {
    const { state: waiting } = play(sent, slow, { kind: 'tick', now: later(9000) })
    expect(waiting.message).toBeNull()
    expect(foot(waiting)).toContain(`Pausing ${name}: what is at work there ends within 10 s … (9 s)`)
  })

  it('is over with its answer', () => {
    const change = changeOf(sent)
    const outcome = { change, sentence: 'It is paused.', undo: null }
    const over = play(sent, { kind: 'done', outcome }).state
    expect([over.underWay, over.message?.text]).toEqual([[], 'It is paused.'])
    expect(play(over, slow).state.message?.text).toMatch('not answered')
  })

  it('is what is told again once another that came later was refused', () => {
    const both = play(sent, '1', 'x', 'y').state
    const effect = { kind: 'change' as const, change: changeOf(both) }
    const refused = play(both, { kind: 'failed', effect, reason: 'No.' }, { kind: 'tick', now: later(9000) })
    expect(foot(play(refused.state, '2').state)).toContain(`Pausing ${name}: `)
    expect(refused.state.underWay).toHaveLength(1)
  })
})
