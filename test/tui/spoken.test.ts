import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { ApiClient } from '../../src/client/client.ts'
import { prepareWidths } from '../../src/text/fit.ts'
import type { AppEvent } from '../../tui/event.ts'
import { queryOf } from '../../tui/screens/tasks/query.ts'
import { runTop } from '../../tui/run.tsx'
import { saidAtOnce, saidMeanwhile } from '../../tui/spoken/said.ts'
import { spokenSize } from '../../tui/spoken/speak.ts'
import type { AppState } from '../../tui/state.ts'
import { fakeClock } from '../fakes/clock.ts'
import { fakeTerminalLife } from '../fakes/terminal-life.ts'
import { later, listed, now, play, position, stateOf, statusView, worker } from './fixture.ts'
import { FakeKeyboard, FakeTerminal } from './terminal.ts'

beforeAll(async () => {
  vi.stubEnv('TZ', 'UTC')
  await prepareWidths(['日本'])
})

const first = (): AppState => ({ ...stateOf({ size: spokenSize }), drawing: 'words' })

/** All that is told of these keys and events, one after the other. */
function told(...events: (AppEvent | string)[]): string[] {
  let state = first()
  return events.flatMap((event) => {
    const before = state
    state = play(state, event).state
    return saidAtOnce(before, state)
  })
}

const tasks: AppEvent = {
  kind: 'loaded',
  source: 'tasks',
  by: { filter: '', limit: 100, query: queryOf('', []) },
  answer: [listed(9, 'failed', { error: 'exit code 3' }), listed(8, 'pending')],
}

describe('what is told of a key', () => {
  it.each<[string, string[]]>([
    ['first', saidAtOnce(null, first())],
    ['down', told('j')],
    ['workers', told('2', 'j', 'j')],
    ['tasks', told('3', tasks, 'j')],
    ['question', told('j', 'u', 'n')],
    ['filter', told('/', 'x', 'enter', 'esc')],
    ['help', told('?')],
  ])('%s', async (name, lines) => {
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`frames/spoken-${name}.txt`)
  })

  it('is nothing when only time has passed', () => {
    expect(
      told({ kind: 'tick', now: later(1000) }, { kind: 'status', status: statusView(), now: later(1000) }),
    ).toEqual([])
  })
})

describe('what is told meanwhile', () => {
  const after = (...events: AppEvent[]) => saidMeanwhile(first(), play(first(), ...events).state)
  const status = (view: Parameters<typeof statusView>[0]): AppEvent => ({
    kind: 'status',
    status: statusView(view),
    now: later(5000),
  })

  it('is not what flows on', () => {
    const positions = [1, 2, 3, 4, 5].map((place) => position(place, { tokens: 3, progressPercent: 90 }))
    expect(after(status({ positions }))).toEqual([])
  })

  it('is how much there is, and what has gone wrong', () => {
    const broken = { ...statusView().database, state: 'down' as const, lastError: 'connection refused' }
    const lines = after(status({ positions: [position(1)], database: broken, queueAgeMs: 9000 }))
    expect(lines[0]).toMatch(/database/i)
    expect(lines.at(-1)).toBe('1 task in progress.')
  })

  it('is that all is well again', () => {
    expect(after(status({ workers: [worker(0, 'running')] }))).toContain('Nothing is wrong any more.')
  })

  it('is that the daemon is away', () => {
    const link = { kind: 'away' as const, reason: 'No daemon answers', retryAtMs: now.monotonicMs }
    expect(after({ kind: 'link', link })[0]).toMatch(/^The daemon is away: No daemon answers/)
  })
})

describe('a session', () => {
  it('is lines alone: no cursor moves, nothing is told twice', async () => {
    const clock = fakeClock()
    const stdout = new FakeTerminal()
    const stdin = new FakeKeyboard()
    const client = {
      call: async () => statusView(),
      events: (_: unknown, signal?: AbortSignal) =>
        new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve())),
    } as unknown as ApiClient
    const ended = runTop({
      client,
      clock,
      stdin,
      stdout,
      terminal: fakeTerminalLife(),
      paint: (_, text) => text,
      isSpoken: true,
      drawing: 'blocks',
      readOnly: true,
      status: statusView(),
      interrupted: new AbortController().signal,
    })
    const says = (text: string) => vi.waitFor(() => expect(stdout.written).toContain(text), { interval: 2 })
    await says('Row 1 of 5.')
    expect(stdin.raw).toBe(true)
    stdin.press('\u001B[B')
    await says('position 2')
    stdin.press('u')
    await says('read-only')
    const before = stdout.written
    await clock.advance(60_000)
    expect(stdout.written).toBe(before)
    stdin.press('q')
    await ended
    expect(stdin.raw).toBe(false)
    expect(clock.pending).toBe(0)
    expect(stdout.written.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
    expect(stdout.written.match(/position 2/g)).toHaveLength(1)
  })
})
