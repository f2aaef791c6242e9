import { existsSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { TaskChangeView, TaskDetailView } from '../../src/contract/outputs.ts'
import type { StatusView } from '../../src/contract/views.ts'
import { start } from '../support/jrctl.ts'
import { scripted, startFleet, type TestFleet, until } from './fleet.ts'
import { haveTmux, openTerminal, prompt, type Terminal } from './tmux.ts'

/** `jrctl top` (§13) as an operator has it: a real terminal, a fleet at work. */
describe.skipIf(!haveTmux)('jrctl top in a terminal', () => {
  let fleet: TestFleet
  let terminal: Terminal
  beforeAll(async () => {
    const busy = scripted(
      'Busy Jr.',
      'echo ::progress 40 half way; exec sleep 600',
      'instances = 3\nstop_grace = "1s"',
    )
    fleet = await startFleet(busy)
    for (const name of ['alpha', 'beta', 'gamma', 'delta']) {
      const { ids } = await fleet.json<{ ids: number[] }>(
        'tasks',
        'add',
        `task ${name}`,
        '--assign',
        'Busy Jr.',
      )
      expect(ids).toHaveLength(1)
    }
    await until(
      () => fleet.json<StatusView>('status'),
      ({ positions }) => positions.length === 3,
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

  it('shows positions whose shares halve, workers, tasks, and a task', async () => {
    await terminal.jrctl('top')
    const positions = await terminal.shows(/3 +12\.5 %|██ +12\.5 %/)
    expect(positions).toMatch(/1 ████████ +50 %.*\n.*2 ████ +25 %.*\n.*3 ██ +12\.5 %/)
    expect(positions).toContain('data < 2 s old')
    await terminal.press('2')
    expect(await terminal.shows('3 of 3 instances running')).toMatch(/Busy Jr\. #3 +running/)
    await terminal.press('3')
    await terminal.shows('4 tasks')
    await terminal.press('/', 'd', 'e', 'l', 't', 'a', 'Enter')
    expect(await terminal.shows('1 task like')).not.toContain('task beta')
    await terminal.press('Enter')
    await terminal.shows(/Status +assigned/)
    await terminal.press('Escape')
    await terminal.shows('1 task like')
    await terminal.resize(120, 40)
    await terminal.shows('PRIO')
    await terminal.press('q')
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
    expect((await fleet.json<TaskDetailView>('tasks', 'show', String(id))).task.urgent).toBe(true)
    await terminal.press('z')
    await terminal.shows('Undo: take back')
    await terminal.press('y')
    const asked = () => fleet.json<TaskChangeView>('tasks', 'show', String(id))
    await until(asked, ({ task }) => !task.urgent)
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
    expect(await terminal.shows(/away · trying again/)).toMatch(/1 ████████ +50 %/)
    await terminal.shows(/data [2-9] s old/)
    await terminal.press('u')
    await terminal.shows('read-only')
    fleet.daemon = start(fleet.place, ['daemon'])
    await terminal.shows(/Daemon +running/)
    await terminal.shows('data < 2 s old')
  })
})

describe('jrctl top without a terminal', () => {
  it('prints its tables once', async () => {
    const fleet = await startFleet(scripted('Idle Jr.', 'true'))
    try {
      const top = await fleet.jrctl('top')
      expect(top).toMatchObject({ code: 0, stderr: '' })
      expect(top.stdout).toMatch(/^(?:Daemon|Fleet) +running/)
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
