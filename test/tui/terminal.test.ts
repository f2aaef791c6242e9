import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ApiClient } from '../../src/client/client.ts'
import type { StatusView } from '../../src/contract/views.ts'
import { runTop } from '../../tui/run.tsx'
import { fakeClock } from '../fakes/clock.ts'
import { fakeTerminalLife } from '../fakes/terminal-life.ts'
import { Emulator } from './emulator.ts'
import { small, statusView, wide } from './fixture.ts'
import { FakeKeyboard } from './terminal.ts'

/** Top between its terminal, the shell and whatever goes wrong. */

const untouched = ['cursor shown', 'wraparound']

const started: { end: () => void; ended: Promise<void> }[] = []
afterEach(async () => {
  for (const { end, ended } of started.splice(0)) {
    end()
    await ended.catch(() => {})
  }
})

async function start(status: StatusView = statusView()) {
  const clock = fakeClock()
  const terminal = new Emulator(small)
  const keyboard = new FakeKeyboard()
  const life = fakeTerminalLife()
  const interruption = new AbortController()
  const daemon = { status }
  let tell: (text: string) => void = () => {}
  terminal.write('shell> jrctl top\r\n')
  const client = {
    where: '/x',
    call: async () => daemon.status,
    events: (_: unknown, signal?: AbortSignal) =>
      new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve())),
  } as unknown as ApiClient
  const ended = runTop({
    client,
    clock,
    stdin: keyboard,
    stdout: terminal,
    terminal: life,
    paint: (_, text) => text,
    readOnly: false,
    isSpoken: false,
    drawing: 'blocks',
    status,
    interrupted: interruption.signal,
    onShown: (onScreen) => (tell = onScreen),
  })
  started.push({ end: () => interruption.abort(), ended })
  const sees = (text: string) =>
    vi.waitFor(() => expect(terminal.screen().join('\n')).toContain(text), { interval: 2, timeout: 5000 })
  await sees('[1 Positions]')
  return { clock, terminal, keyboard, life, daemon, ended, sees, tell: (text: string) => tell(text) }
}

/** A moment in which what was written has reached the terminal. */
function written(terminal: Emulator): Promise<void> {
  return new Promise((resolve) => {
    terminal.write('', () => resolve())
  })
}

describe('ctrl+z', () => {
  it('gives the terminal to the shell, and takes it again in whatever size', async () => {
    const { terminal, keyboard, life, sees } = await start()
    keyboard.press('\u001A')
    await vi.waitFor(() => expect(life.stops).toBe(1), { interval: 2 })
    await written(terminal)
    expect(terminal.modes).toEqual(untouched)
    expect(keyboard.raw).toBe(false)
    expect(terminal.screen().slice(0, 2)).toEqual(['shell> jrctl top', ''])
    terminal.write('[1]+ Stopped\r\nshell> fg\r\n')
    terminal.resize(wide)
    await written(terminal)
    // The shell's own.
    expect(terminal.screen()[1]).toBe('[1]+ Stopped')
    life.goOn()
    await sees('disabled')
    expect(terminal.screen()).toHaveLength(wide.rows)
    expect(terminal.screen().at(-1)).toContain('q quit')
    expect(keyboard.raw).toBe(true)
    expect(terminal.modes).toContain('alternate screen')
    keyboard.press('2')
    await sees('[2 Workers]')
  })

  it('works while a filter is typed, and by a signal from elsewhere', async () => {
    const { keyboard, life, sees } = await start()
    keyboard.press('/')
    await sees('enter keeps it')
    keyboard.press('\u001A')
    await vi.waitFor(() => expect(life.stops).toBe(1), { interval: 2 })
    life.goOn()
    await sees('enter keeps it')
    // Until it has taken the terminal whole, it is not asked for it.
    const asked = () => {
      life.befall((watcher) => watcher.stopAsked())
      expect(life.stops).toBe(2)
    }
    await vi.waitFor(asked, { interval: 2 })
    life.goOn()
    await sees('enter keeps it')
  })

  it('takes the terminal again after a stop that nobody asked for', async () => {
    const { terminal, keyboard, life } = await start()
    // A shell that took the terminal from a job that gave nothing back.
    keyboard.setRawMode(false)
    terminal.write('\u001B[H\u001B[J[1]+ Stopped (signal)\r\nshell> fg\r\n')
    await written(terminal)
    life.befall((watcher) => watcher.continued())
    await vi.waitFor(() => expect(terminal.screen()[0]).toContain('data <'), { interval: 2 })
    expect(keyboard.raw).toBe(true)
    expect(life.stops).toBe(0)
  })

  it('ends in the shell when it is ended meanwhile', async () => {
    const { terminal, keyboard, life, ended } = await start()
    keyboard.press('\u001A')
    await vi.waitFor(() => expect(life.stops).toBe(1), { interval: 2 })
    for (const { end } of started) end()
    life.goOn()
    await ended
    await written(terminal)
    expect(terminal.modes).toEqual(untouched)
    expect(terminal.screen()[0]).toBe('shell> jrctl top')
  })
})

describe('a failure', () => {
  it('in a view ends it with the error, the terminal given back', async () => {
    const top = await start()
    // No daemon says so; what is shown of it breaks.
    top.daemon.status = { ...statusView(), positions: [null] } as unknown as StatusView
    const failure = expect(top.ended).rejects.toThrow(/null/)
    await top.clock.advance(2000)
    await failure
    expect(top.terminal.modes).toEqual(untouched)
    expect(top.terminal.screen()[0]).toBe('shell> jrctl top')
    expect(top.clock.pending).toBe(0)
    expect(top.life.watchers).toBe(0)
  })

  it('that nobody caught, too', async () => {
    const { terminal, life, ended } = await start()
    const failure = expect(ended).rejects.toThrow('nobody caught me')
    life.befall((watcher) => watcher.crashed(new Error('nobody caught me')))
    await failure
    expect(terminal.modes).toEqual(untouched)
  })

  it.each(['error', 'close'])('of the terminal itself (%s) ends it', async (name) => {
    const { terminal, keyboard, ended, clock } = await start()
    if (name === 'error') terminal.emit('error', Object.assign(new Error('write EIO'), { code: 'EIO' }))
    else keyboard.emit('close')
    await ended
    expect(clock.pending).toBe(0)
  })
})

it('tells on the screen what the client has to say, for a line on stderr would tear it', async () => {
  const { tell, sees } = await start()
  tell('the daemon on /x has not answered yet')
  await sees('the daemon on /x has not answered yet')
})
