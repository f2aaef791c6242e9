import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ApiClient } from '../../src/client/client.ts'
import { runTop } from '../../tui/run.tsx'
import { fakeClock } from '../fakes/clock.ts'
import { fakeTerminalLife } from '../fakes/terminal-life.ts'
import { position, statusView, task } from './fixture.ts'
import { FakeKeyboard, FakeTerminal } from './terminal.ts'

const enterScreen = '\u001B[?1049h'
const leaveScreen = '\u001B[?1049l'
const showCursor = '\u001B[?25h'

/** A daemon that stays and answers always the same, unless a test gives it another status. */
function started({
  stdout = new FakeTerminal(),
  stdin = new FakeKeyboard(),
  screen = undefined as string | undefined,
} = {}) {
  const clock = fakeClock()
  const interruption = new AbortController()
  const terminal = fakeTerminalLife()
  const daemon = { status: statusView(), asked: 0 }
  const client = {
    where: '/x',
    async call(name: string) {
      daemon.asked += 1
      return name === 'status' ? daemon.status : { tasks: [task(1, 'pending')] }
    },
    events: (_: unknown, signal?: AbortSignal) =>
      new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve())),
  } as unknown as ApiClient
  const ended = runTop({
    client,
    clock,
    stdin,
    stdout,
    terminal,
    paint: (_, text) => text,
    readOnly: false,
    isSpoken: false,
    drawing: 'blocks',
    status: daemon.status,
    screen,
    interrupted: interruption.signal,
  })
  open.push(async () => {
    interruption.abort()
    await ended.catch(() => {})
  })
  const shows = (text: string) => vi.waitFor(() => expect(stdout.written).toContain(text), { interval: 5 })
  return { clock, stdout, stdin, terminal, daemon, ended, interrupt: () => interruption.abort(), shows }
}
const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of open.splice(0)) await end()
})

describe('the terminal', () => {
  it('echoes no key any more when the first frame is drawn: it would be wrapped', async () => {
    const [stdout, stdin] = [new FakeTerminal(), new FakeKeyboard()]
    const modes: [boolean, string][] = []
    stdin.onMode = (raw) => void modes.push([raw, stdout.written])
    await started({ stdout, stdin }).shows('[1 Positions]')
    expect(modes[0]).toEqual([true, ''])
  })

  it.each([
    ['q', ({ stdin }: ReturnType<typeof started>) => stdin.press('q')],
    ['ctrl+c', ({ stdin }: ReturnType<typeof started>) => stdin.press('\u0003')],
    ['a signal', ({ interrupt }: ReturnType<typeof started>) => interrupt()],
    ['the end of its input', ({ stdin }: ReturnType<typeof started>) => stdin.end()],
  ])('is as it was after %s', async (_, end) => {
    const top = started()
    await top.shows('[1 Positions]')
    expect(top.stdin.raw).toBe(true)
    end(top)
    await top.ended
    expect(top.stdout.written.startsWith(`\r${enterScreen}`)).toBe(true)
    expect(top.stdout.written.lastIndexOf(leaveScreen)).toBeGreaterThan(
      top.stdout.written.lastIndexOf('Positions'),
    )
    expect(top.stdout.written.lastIndexOf(showCursor)).toBeGreaterThan(
      top.stdout.written.lastIndexOf('\u001B[?25l'),
    )
    expect(top.stdin.raw).toBe(false)
    expect(top.clock.pending).toBe(0)
    expect(top.stdout.listenerCount('resize')).toBe(0)
  })
})

describe('the screen to begin with', () => {
  it('is shown, and what it tells is asked for', async () => {
    const top = started({ screen: 'Tasks' })
    await top.shows('[3 Tasks]')
    await top.shows('1 pending')
  })

  it('that is none is told before the terminal is taken', async () => {
    const top = started({ screen: 'taks' })
    await expect(top.ended).rejects.toThrow('--screen taks: there is no such screen')
    expect(top.stdout.written).toBe('')
  })
})

describe('drawing', () => {
  it('writes nothing when nothing changed, and little when little did', async () => {
    const { clock, stdout, daemon, shows } = started()
    await shows('[1 Positions]')
    const asked = daemon.asked
    const before = stdout.written.length
    await clock.advance(10_000)
    expect(daemon.asked - asked).toBeGreaterThanOrEqual(7)
    expect(stdout.written.length).toBe(before)

    daemon.status = statusView({
      positions: [1, 2, 3].map((place) => position(place, { progressPercent: 99 })),
    })
    await clock.advance(2000)
    await shows('99 %')
    expect(stdout.written.length - before).toBeLessThan(1024)
  })

  it('answers keys, and a new size with a whole new frame', async () => {
    const { stdout, stdin, shows } = started()
    await shows('[1 Positions]')
    stdin.press('2')
    await shows('[2 Workers]')
    stdout.columns = 120
    stdout.rows = 40
    stdout.emit('resize')
    await shows('\u001B[H\u001B[J')
    await vi.waitFor(() => expect(stdout.written.split('\u001B[H\u001B[J').at(-1)).toContain('[2 Workers]'))
  })
})
