import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ApiClient } from '../../src/client/client.ts'
import type { LogEvent } from '../../src/contract/logs.ts'
import { jrName } from '../../src/domain/ids.ts'
import type { AppEvent } from '../../tui/event.ts'
import { plainText } from '../../tui/line.ts'
import { createLogFollower } from '../../tui/screens/logs/follow.ts'
import { rowLine } from '../../tui/screens/logs/line-text.ts'
import { afterNews, logBounds, type LogNews, openedLog } from '../../tui/screens/logs/log.ts'
import { daemonLog, type LogName } from '../../tui/screens/logs/log-name.ts'
import { logIds } from '../../tui/screens/logs/state.ts'
import { screens } from '../../tui/screens/screens.ts'
import type { AppState } from '../../tui/state.ts'
import { fakeClock } from '../fakes/clock.ts'
import { play, stateOf } from './fixture.ts'

const research: LogName = { jr: jrName('Research Jr.'), instance: 1 }
const texts = (...all: string[]) => all.map((text) => ({ text, cutBytes: 0 }))
const numbered = (from: number, to: number) =>
  texts(...Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}`))
const heard = (news: LogNews, name = daemonLog): AppEvent => ({ kind: 'log', name, news })
const tail = (lines = numbered(1, 100), name = daemonLog) =>
  heard({ kind: 'tail', path: '/logs/x.log', lines }, name)
const came = (lines: LogNews & { kind: 'lines' }) => heard(lines)
const lines = (from: number, to = from) => came({ kind: 'lines', lines: numbered(from, to) })

/** The texts of the screen's rows, without its margin. */
const shown = (state: AppState) =>
  screens.logs
    .lines(state)
    .slice(1)
    .map((line) => plainText(line).slice(2).trimEnd())
const cursorText = (state: AppState) => state.log?.rows.find(({ id }) => id === state.lists.logs.id)?.text
/** From the positions to the daemon's log. */
const opened = () => play(stateOf(), 'shift+tab', 'enter', tail()).state

describe('the choice of logs', () => {
  it('begins with the daemon, and follows what is chosen until one leaves', () => {
    const { state, effects } = play(stateOf(), 'shift+tab')
    expect(logIds(state)[0]).toBe('daemon')
    expect(effects).toEqual([])
    expect(play(state, 'enter').effects).toEqual([{ kind: 'follow_log', log: daemonLog }])
    expect(play(state, 'j', 'j', 'enter').effects).toEqual([{ kind: 'follow_log', log: research }])
    expect(play(state, 'enter', '1').effects.at(-1)).toEqual({ kind: 'follow_log', log: null })
    const back = play(state, 'enter', 'esc')
    expect(back.effects.at(-1)).toEqual({ kind: 'follow_log', log: null })
    expect(back.state.lists.logs.id).toBe('daemon')
  })

  it('is passed over by l on a worker, whose log takes the place of the one before', () => {
    const { state, effects } = play(opened(), '2', 'j', 'l')
    expect(effects.map((effect) => effect.kind === 'follow_log' && effect.log)).toEqual([
      null,
      expect.objectContaining({ instance: 1 }),
    ])
    expect(state.log?.rows).toEqual([])
    expect(play(state, tail()).state.log?.rows).toEqual([])
  })
})

describe('a log', () => {
  it('stays at its end as lines come', () => {
    const state = play(opened(), lines(101, 103)).state
    expect(shown(state).at(-1)).toBe('line 103')
    expect(screens.logs.note(state)).toMatch(/^Following/)
  })

  it('holds its place when one has scrolled up, and says how many lines are new', () => {
    const up = play(opened(), 'k', 'k', 'k').state
    const later = play(up, lines(101, 140)).state
    expect(shown(later)).toEqual(shown(up))
    expect(cursorText(later)).toBe('line 97')
    expect(screens.logs.note(later)).toMatch(/^40 new lines below/)
    const end = play(later, 'G').state
    expect(shown(end).at(-1)).toBe('line 140')
    expect(shown(play(end, lines(141)).state).at(-1)).toBe('line 141')
  })

  it('holds its place too while its oldest lines go', () => {
    const full = play(opened(), came({ kind: 'lines', lines: numbered(101, logBounds.rows) })).state
    const up = play(full, 'pgup', 'k').state
    const later = play(up, lines(logBounds.rows + 1, logBounds.rows + 300)).state
    expect(later.log?.rows).toHaveLength(logBounds.rows)
    expect(shown(later)).toEqual(shown(up))
  })

  it('is filtered as one types, and goes on following', () => {
    const state = play(opened(), '/', ...Array.from('line 9')).state
    expect(logIds(state)).toHaveLength(19)
    expect(shown(state).at(-1)).toBe('line 99')
    const grown = play(state, lines(101, 120), came({ kind: 'lines', lines: texts('line 900') })).state
    expect(shown(grown).at(-1)).toBe('line 900')
    expect(shown(play(grown, 'esc').state).at(-1)).toBe('line 900')
  })

  it('shows one line whole', () => {
    const long = `first ${'x'.repeat(300)} last`
    const { state } = play(opened(), came({ kind: 'lines', lines: texts(long) }), 'enter')
    expect(state.pages.at(-1)).toMatchObject({ kind: 'log_line' })
  })

  it('goes on where it was when the daemon is back', () => {
    const away: LogNews = { kind: 'away', reason: 'gone', retryAtMs: 1 }
    const state = play(opened(), heard(away)).state
    expect(screens.logs.note(state)).toBe('Not followed now: gone')
    expect(state.log?.rows).toHaveLength(100)
    const back = play(state, tail(numbered(51, 120))).state
    expect(back.log?.rows.map(({ text }) => text)).toEqual(numbered(1, 120).map(({ text }) => text))
    const lost = play(state, tail(numbered(500, 501))).state
    expect(lost.log?.rows.slice(-3).map(({ kind }) => kind)).toEqual(['mark', 'line', 'line'])
  })

  it('says what is not to be seen', () => {
    const state = play(
      opened(),
      heard({ kind: 'missed', lines: 7 }),
      heard({ kind: 'gap', bytes: 2048 }),
    ).state
    expect(shown(state).slice(-2)).toEqual([
      '── 7 lines came too fast to be shown ──',
      '── 2.0 KiB were rotated away and deleted unread ──',
    ])
  })

  it('keeps its bounds, its numbers and its newest lines, whatever comes', () => {
    const batch = fc.array(
      fc.oneof(
        fc.string({ maxLength: 30 }),
        fc.integer({ min: 0, max: 3_000_000 }).map((n) => 'x'.repeat(n)),
      ),
      { maxLength: 6 },
    )
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 6 }), (batches) => {
        let log = openedLog(daemonLog)
        for (const each of batches) log = afterNews(log, { kind: 'lines', lines: texts(...each) })
        const all = batches.flat()
        const characters = log.rows.reduce((sum, { text }) => sum + text.length, 0)
        expect(log.characters).toBe(characters)
        if (log.rows.length > 1) expect(characters).toBeLessThanOrEqual(logBounds.characters)
        expect(log.rows.map(({ text }) => text)).toEqual(all.slice(all.length - log.rows.length))
        expect(log.rows.map(({ id }) => Number(id))).toEqual(
          all.map((_, index) => index + 1).slice(all.length - log.rows.length),
        )
        expect(log.rows.length > 0).toBe(all.length > 0)
      }),
      { numRuns: 40 },
    )
  })
})

describe('a line', () => {
  const row = (text: string, cutBytes = 0) => plainText(rowLine({ id: '1', kind: 'line', text, cutBytes }))

  it.each([
    ['{"level":50,"time":"2026-11-21T10:00:00.000Z","msg":"it broke"}', /^\d\d:00:00 ERROR it broke$/],
    ['2026-11-21T10:00:00.123Z WARN  slow {"ms":7}', /^\d\d:00:00 WARN {2}slow \{"ms":7\}$/],
    ['2026-11-21 10:00:00,123 [INFO] from Python', /^10:00:00 INFO {2}from Python$/],
    ['{"level":"odd"}', /^\{"level":"odd"\}$/],
    ['a\u001b[31mred\u001b[0m b\tc', /^ared b {2}c$/],
    ['\u001b]8;;http://evil\u0007link\u202e', /^␛link\ufffd$/],
  ])('%j', (text, expected) => {
    expect(row(text)).toMatch(expected)
  })

  it('says what was cut', () => {
    expect(row('begin', 2048)).toBe('begin [2.0 KiB more]')
  })
})

describe('following', () => {
  function follower(answers: ((tell: (event: LogEvent) => void, signal?: AbortSignal) => Promise<void>)[]) {
    const clock = fakeClock()
    const news: (LogNews & { of: string | null })[] = []
    const asked: object[] = []
    const client: Pick<ApiClient, 'followLog'> = {
      async followLog(input, onEvent, how) {
        asked.push(input)
        await answers.shift()?.(onEvent, how?.signal)
      },
    }
    const dispatch = (event: AppEvent) => {
      if (event.kind === 'log') news.push({ ...event.news, of: event.name.jr })
    }
    return { clock, news, asked, logs: createLogFollower({ client, clock, dispatch }) }
  }
  const say = (tell: (event: LogEvent) => void, ...all: string[]) => {
    tell({ event: 'log', data: { apiVersion: 1, jr: null, instance: 1, path: '/p', exists: true } })
    tell({ event: 'lines', data: { lines: all.map((text) => ({ text })) } })
    tell({ event: 'end', data: {} })
  }
  const forever = (signal?: AbortSignal) =>
    new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()))

  it('asks for a tail, tells it as one, then what comes', async () => {
    const { clock, news, asked, logs } = follower([
      async (tell, signal) => {
        say(tell, 'a', 'b')
        tell({ event: 'lines', data: { lines: [{ text: 'c', cutBytes: 3 }] } })
        await forever(signal)
      },
    ])
    logs.follow(research)
    await clock.advance(0)
    expect(asked).toEqual([{ jr: 'Research Jr.', instance: 1, lines: 1000, latest: true }])
    expect(news).toEqual([
      { kind: 'tail', path: '/p', lines: texts('a', 'b'), of: 'Research Jr.' },
      { kind: 'lines', lines: [{ text: 'c', cutBytes: 3 }], of: 'Research Jr.' },
    ])
    logs.follow(null)
  })

  it('comes back after the daemon was away, and says why it is not there', async () => {
    const { clock, news, asked, logs } = follower([
      async () => {
        throw new Error('nobody answers')
      },
      async (tell) => tell({ event: 'failed', data: { message: 'cannot read it', hint: null } }),
      async (tell, signal) => {
        say(tell, 'a')
        await forever(signal)
      },
    ])
    logs.follow(daemonLog)
    await clock.advance(0)
    await clock.advance(250)
    await clock.advance(500)
    expect(asked).toHaveLength(3)
    expect(news.map((each) => (each.kind === 'away' ? each.reason : each.kind))).toEqual([
      'nobody answers',
      'cannot read it',
      'tail',
    ])
    logs.follow(null)
  })

  it('has left the one before when it turns to another, and tells nothing more of it', async () => {
    let tellOld: ((event: LogEvent) => void) | undefined
    let left = false
    const { clock, news, logs } = follower([
      async (tell, signal) => {
        tellOld = tell
        await forever(signal)
        left = true
      },
      async (_, signal) => forever(signal),
    ])
    logs.follow(daemonLog)
    await clock.advance(0)
    logs.follow(research)
    await clock.advance(0)
    expect(left).toBe(true)
    if (tellOld) say(tellOld, 'late')
    expect(news).toEqual([])
    logs.follow(null)
  })
})
