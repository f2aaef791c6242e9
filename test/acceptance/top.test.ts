import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { TaskDetailView } from '../../src/contract/outputs.ts'
import type { StatusView } from '../../src/contract/views.ts'
import { freePort } from '../support/free-port.ts'
import { start } from '../support/jrctl.ts'
import { scripted, startFleet, type TestFleet, until } from './fleet.ts'
import { haveTmux, openTerminal, prompt, type Terminal } from './tmux.ts'

/** `jrctl top` (§13) as an operator has it: a real terminal, a fleet at work. */
describe.skipIf(!haveTmux)('jrctl top in a terminal', () => {
  let fleet: TestFleet
  let terminal: Terminal
  let port: number
  beforeAll(async () => {
    port = await freePort()
    const busy = scripted(
      'Busy Jr.',
      'echo ::progress 40 half way; exec sleep 600',
      'instances = 3\nstop_grace = "1s"',
    )
    const failing = scripted('Failing Jr.', 'echo cannot be done >&2; exit 7')
    fleet = await startFleet(`${busy}\n${failing}`, '', { JRCTL_API_LISTEN: `127.0.0.1:${port}` })
    for (const name of ['alpha', 'beta', 'gamma', 'delta']) await add(`task ${name}`, '--assign', 'Busy Jr.')
    await add('task doomed', '--assign', 'Failing Jr.', '--max-attempts', '1')
    await until(
      () => fleet.json<StatusView>('status'),
      ({ positions, queue }) => positions.length === 3 && queue.byStatus.failed === 1,
    )
  })
  afterAll(async () => {
    // The daemon that a test started anew. Its tasks take ten minutes: a second signal does not wait for them.
    for (const signal of ['SIGTERM', 'SIGTERM'] as const) fleet.daemon.child.kill(signal)
    await fleet.daemon.exited
    await fleet.end()
  })
  beforeEach(async () => {
    terminal = await openTerminal(fleet.place)
  })
  afterEach(() => terminal.close())

  const add = (...args: string[]) => fleet.json<{ ids: number[] }>('tasks', 'add', ...args)
  const shownTask = (id: number) => fleet.json<TaskDetailView>('tasks', 'show', String(id))
  /** What the operator has done of this type, as the ledger tells it. */
  const done = async (type: string) => {
    const { entries } = await fleet.json<{ entries: { actor: string; message: string }[] }>(
      'ledger',
      '--type',
      type,
    )
    return entries.filter(({ actor }) => actor === operator).map(({ message }) => message)
  }
  /** The queue's events come to the ledger when they have been read. */
  const noted = (type: string, words: RegExp) =>
    until(
      () => done(type),
      (told) => words.test(told.join('\n')),
    )
  const operator = `top:${userInfo().username} (self-declared)`
  /**
   * Presses a key, reads what it asks, says yes and reads what came of it. What changed meanwhile is asked about again, as often as
   * that happens.
   */
  const change = async (key: string, asks: RegExp, tells: RegExp) => {
    await terminal.press(key)
    await terminal.shows(asks)
    for (let times = 0; times < 100; times += 1) {
      await terminal.press('y')
      const screen = await terminal.shows(new RegExp(`${tells.source}|It changed just before your yes`))
      if (tells.test(screen)) return screen
    }
    throw new Error(`whatever ${String(asks)} asks about never stands still`)
  }

  it('shows every screen with what there is, and what enter drills down to', async () => {
    await terminal.jrctl('top')
    const positions = await terminal.shows(/██ +12\.5 %/)
    expect(positions).toMatch(/1 ████████ +50 %.*\n.*2 ████ +25 %.*\n.*3 ██ +12\.5 %/)
    expect(positions).toContain('data < 2 s old')
    await terminal.press('2')
    expect(await terminal.shows('[2 Workers]')).toMatch(/Busy Jr\. #3 +running/)
    await terminal.press('3')
    await terminal.shows(/5 tasks/)
    await terminal.press('/', 'd', 'e', 'l', 't', 'a', 'Enter')
    expect(await terminal.shows('1 task · like')).not.toContain('task beta')
    await terminal.press('Enter')
    await terminal.shows(/status +assigned/)
    await terminal.press('Escape')
    await terminal.shows('1 task · like')
    await terminal.press('4')
    await terminal.shows('[4 Decisions]')
    await terminal.press('5')
    await terminal.shows('task 5 went from in_progress to failed')
    await terminal.press('6')
    await terminal.shows('task doomed')
    await terminal.press('Enter')
    await terminal.shows('exit code 7')
    await terminal.press('7')
    await terminal.shows('[7 Logs]')
    await terminal.resize(120, 40)
    await terminal.shows(/\n(.*\n){38}.*quit/)
    await terminal.press('?')
    await terminal.shows('Everywhere')
    await terminal.press('q', 'q')
    await terminal.shows(prompt)
  })

  it('makes a task urgent after a yes, follows it with the cursor, and takes it back', async () => {
    await terminal.jrctl('top')
    await terminal.shows(/██ +12\.5 %/)
    await terminal.press('G', 'u')
    await terminal.shows('Position 3 → 1, share 12.5 % → 50 %; 2 tasks move down.')
    expect((await fleet.json<StatusView>('status')).positions.some(({ urgent }) => urgent)).toBe(false)
    await terminal.press('y')
    expect(await terminal.shows('z takes it back')).toContain('position 1')
    const screen = await terminal.shows(/› +1 ████████/)
    const id = Number(/› +1 .* (\d+) ! task/.exec(screen)?.[1])
    expect((await shownTask(id)).task.urgent).toBe(true)
    await noted('task.urgent', /./)
    expect(await done('task.urgent')).toHaveLength(1)
    await change('z', /Undo: take back/, /no longer urgent/)
    expect((await shownTask(id)).task.urgent).toBe(false)
  })

  it('restarts, pauses, cancels, replays and undoes for real, and the ledger has who it was', async () => {
    await terminal.jrctl('top')
    await terminal.shows('[1 Positions]')
    await terminal.press('2', '/', 'f', 'a', 'i', 'l', 'i', 'n', 'g', 'Enter')
    await terminal.shows(/› Failing Jr\./)
    await change('r', /Restart Failing Jr\./, /was restarted/)
    await change('p', /Pause Failing Jr\./, /z takes it back/)
    await terminal.shows(/Failing Jr\. +paused/)
    await noted('worker.commanded', /restart[^]*pause/)
    await change('z', /Undo|Resume/, /goes on/)
    await terminal.press('6')
    await terminal.shows('doomed')
    await change('R', /Replay task/, /is replayed: /)
    await noted('task.status_changed', /from failed to/)
    await terminal.press('3', '/', 'd', 'e', 'l', 't', 'a', 'Enter')
    await terminal.shows('1 task · like')
    await change('x', /Cancel task \d+/, /cancelled/)
    await noted('task.status_changed', /from assigned to cancelled/)
  })

  it('changes nothing with --read-only', async () => {
    const before = await fleet.json<{ entries: { id: number }[] }>('ledger')
    await terminal.jrctl('top --read-only')
    await terminal.shows('[1 Positions]')
    await terminal.press('u')
    await terminal.shows('This screen is read-only')
    for (const [screen, keys] of [
      ['2', ['r', 'p', 'S']],
      ['3', ['x', 'R', 'u']],
      ['4', ['o']],
    ] as const) {
      await terminal.press(screen)
      await terminal.shows(`[${screen} `)
      for (const key of keys) {
        await terminal.press(key)
        await terminal.shows('This screen is read-only')
      }
    }
    const after = await fleet.json<{ entries: { id: number; actor: string }[] }>('ledger')
    const since = after.entries.filter(({ id }) => id > (before.entries.at(-1)?.id ?? 0))
    expect(since.filter(({ actor }) => actor === operator)).toEqual([])
  })

  it('watches a daemon elsewhere, and changes it with the token alone', async () => {
    const token = (await readFile(join(fleet.place.dir, 'state/api-token'), 'utf8')).trim()
    await terminal.jrctl(`top --host http://127.0.0.1:${port}`)
    await terminal.shows(/██ +12\.5 %/)
    // Said before it is asked.
    await terminal.press('u')
    await terminal.shows('JRCTL_TOKEN')
    await terminal.press('q')
    await terminal.shows(prompt)
    await terminal.press(`JRCTL_TOKEN=${token}; export JRCTL_TOKEN; clear`, 'Enter')
    await terminal.jrctl(`top --host http://127.0.0.1:${port}`)
    await terminal.shows(/██ +12\.5 %/)
    await change('u', /Make task/, /z takes it back/)
    await change('z', /Undo/, /no longer urgent/)
  })

  it('gives the terminal to the shell on ctrl+z, and takes it again', async () => {
    await terminal.jrctl('top')
    await terminal.shows('[1 Positions]')
    await terminal.press('2')
    await terminal.shows('[2 Workers]')
    await terminal.press('C-z')
    const shell = await terminal.shows(/Stopped/i)
    expect(shell).not.toContain('Workers')
    await terminal.press('clear; fg', 'Enter')
    await terminal.shows('[2 Workers]')
    // Stopped without being asked, it could give nothing back; it takes all of it again.
    process.kill((await terminal.pids()).at(-1) ?? 0, 'SIGSTOP')
    await terminal.shows(/shell>/)
    // The shell has it as it was: raw, so that Enter is no end of a line.
    await terminal.press('fg', 'C-j')
    // What the shell wrote has scrolled the first line away.
    await terminal.shows(/^Fleet/)
    await terminal.press('3')
    await terminal.shows('[3 Tasks]')
    await terminal.press('q')
    await terminal.shows(prompt)
  })

  it('tells itself in lines to a screen reader', async () => {
    await terminal.jrctl('top --screen-reader')
    await terminal.shows('position 1, share 50 %')
    await terminal.press('j')
    await terminal.shows('position 2, share 25 %')
    await terminal.press('q')
    await terminal.shows(prompt)
  })

  it.each(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)('gives the terminal back on %s', async (signal) => {
    await terminal.jrctl('top')
    await terminal.shows('[1 Positions]')
    process.kill((await terminal.pids()).at(-1) ?? 0, signal)
    const after = await terminal.shows(prompt)
    expect(after).not.toContain('Positions')
    await terminal.press('echo echoed-$((40+2))', 'Enter')
    // Twice: as it was typed, which a raw terminal would not show, and as it was printed.
    expect(await terminal.shows('echoed-42')).toContain('echo echoed-$((40+2))')
  })

  it('ends when its terminal does', async () => {
    await terminal.jrctl('top')
    await terminal.shows('[1 Positions]')
    const pids = await terminal.pids()
    expect(pids.length).toBeGreaterThanOrEqual(2)
    await terminal.close()
    await until(
      async () => pids.filter((pid) => existsSync(`/proc/${pid}`)),
      (left) => left.length === 0,
    )
  })

  it('quits at once though the daemon hangs', async () => {
    await terminal.jrctl('top')
    await terminal.shows('[1 Positions]')
    fleet.daemon.child.kill('SIGSTOP')
    try {
      await terminal.shows(/data [3-9] s old/)
      await terminal.press('q')
      // Sooner than the client gives up an answer, which is after 35 s.
      await terminal.shows(prompt)
    } finally {
      fleet.daemon.child.kill('SIGCONT')
    }
  })

  it('says that the daemon is away, keeps its last state with its age, and comes back by itself', async () => {
    await terminal.jrctl('top --read-only')
    await terminal.shows('[1 Positions]')
    fleet.daemon.child.kill('SIGKILL')
    await fleet.daemon.exited
    expect(await terminal.shows(/daemon away/)).toMatch(/1 ████████ +50 %/)
    await terminal.shows(/data [2-9] s old/)
    await terminal.press('u')
    await terminal.shows('read-only')
    fleet.daemon = start(fleet.place, ['daemon'])
    await terminal.shows(/Fleet +running/)
    await terminal.shows('data < 2 s old')
  })
})

describe('jrctl top without a terminal', () => {
  it('prints its tables once', async () => {
    const fleet = await startFleet(scripted('Idle Jr.', 'true'))
    try {
      const top = await fleet.jrctl('top')
      expect(top).toMatchObject({ code: 0, stderr: '' })
      expect(top.stdout).toMatch(/^Fleet +running/m)
      expect(top.stdout).not.toContain('\u001B')
      expect((await fleet.json<{ status: StatusView }>('top', '--once')).status.workers).toHaveLength(1)
    } finally {
      await fleet.end()
    }
  })

  it('is an error when there is no daemon', async () => {
    const fleet = await startFleet(scripted('Idle Jr.', 'true'))
    fleet.daemon.child.kill('SIGTERM')
    await fleet.daemon.exited
    try {
      const top = await fleet.jrctl('top')
      expect(top).toMatchObject({ code: 69, stdout: '' })
      expect(top.stderr).toContain('No daemon answers')
    } finally {
      await fleet.end()
    }
  })
})
