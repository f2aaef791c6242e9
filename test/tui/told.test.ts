import { describe, expect, it } from 'vitest'
import { widthOf } from '../../src/text/fit.ts'
import { frameLines } from '../../tui/frame.ts'
import { plainText } from '../../tui/line.ts'
import type { AppState } from '../../tui/state.ts'
import type { AppEvent } from '../../tui/event.ts'
import { cycleCame, cycleStatus } from './cycle-fixture.ts'
import { later, listed, now, play, stateOf, statusView, worker } from './fixture.ts'

const text = (state: AppState): string => frameLines(state).map(plainText).join('\n')
const away: AppEvent = {
  kind: 'link',
  link: { kind: 'away', reason: 'No daemon answers', retryAtMs: now.monotonicMs + 3000 },
}

describe('a read-only screen', () => {
  it('tells no key that changes something, in the line of hints or in the help', () => {
    for (const screen of ['1', '2', '3', '6']) {
      const free = play(stateOf(), screen).state
      const bound = play(stateOf({ readOnly: true }), screen).state
      expect(text(play(free, '?').state)).toContain('jrctl')
      expect(text(play(bound, '?').state)).not.toContain('jrctl ')
      expect(text(bound).split('\n').at(-1)).not.toMatch(/urgent|restart|cancel|replay|pause/)
      expect(text(bound)).toContain('read-only')
    }
  })
})

it('tells of no key on a read-only screen that would switch the cycle on', () => {
  const off = cycleCame(cycleStatus({ enabled: false }))
  expect(text(play(stateOf(), '4', off).state)).toContain('o switches it on')
  const bound = text(play(stateOf({ readOnly: true }), '4', off).state)
  expect(bound).toContain('off · ')
  expect(bound).not.toContain('switches it on')
})

describe('the screen of another machine', () => {
  it('says whose it is, and names it in the command that does the same', () => {
    const state: AppState = { ...stateOf({ size: { columns: 120, rows: 30 } }), host: 'http://fleet:3001' }
    expect(text(state)).toContain('on http://fleet:3001')
    expect(text(play(state, 'u').state)).toContain('Same as: jrctl --host http://fleet:3001 urgent 41')
  })
})

describe('while the daemon is away', () => {
  const status = statusView({ workers: [worker(0, 'running')] })

  it('nothing is said to be well now', () => {
    expect(text(stateOf({ status }))).toContain('nothing is wrong')
    const narrow = stateOf({ status, size: { columns: 40, rows: 20 } })
    const frame = frameLines(play(narrow, away).state).map(plainText)
    expect(frame.filter((line) => widthOf(line) > 40)).toEqual([])
    expect(frame.join('\n')).toContain('all was well when last seen')
  })

  it('what was asked for beside the status is told to be older', () => {
    const tasks = play(stateOf({ status }), '3', {
      kind: 'loaded',
      source: 'tasks',
      by: { filter: '', limit: 100, query: {} },
      answer: [listed(7, 'pending')],
    }).state
    expect(text(tasks)).not.toContain('as of the last answer')
    expect(text(play(tasks, away, { kind: 'tick', now: later(1000) }).state)).toContain(
      'as of the last answer',
    )
  })
})
