import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jrctlPath } from '../support/jrctl.ts'
import { scripted, startFleet, type TestFleet } from './fleet.ts'
import { haveTmux, openTerminal, type Terminal } from './tmux.ts'

const hostile = 'Read $(touch owned) `touch owned` \u001b[2Jand more'

/** §12 as an operator has it: bash at a real terminal, names and tasks of a live fleet. */
describe.skipIf(!haveTmux)(`completions at a live fleet${haveTmux ? '' : ' (tmux is missing here)'}`, () => {
  let fleet: TestFleet
  let terminal: Terminal

  beforeAll(async () => {
    fleet = await startFleet(scripted('Research Jr.', 'exec sleep 600', 'stop_grace = "1s"'))
    await fleet.jrctl('tasks', 'add', hostile, '--assign', 'nobody')
    await fleet.jrctl('tasks', 'add', 'Another one', '--assign', 'nobody')
    terminal = await openTerminal(fleet.place, 100)
    await terminal.press(`PATH='${dirname(jrctlPath)}':$PATH exec bash --norc --noprofile`, 'Enter')
    await terminal.press(`PS1='bash> '; clear; source <('${jrctlPath}' completion bash); echo ready`, 'Enter')
    await terminal.shows(/^ready$/m)
  })
  afterAll(async () => {
    await terminal.close()
    await fleet.end()
  })

  it('completes the name of a Jr, quoted, so that the line works as it stands', async () => {
    await terminal.press('jrctl workers show Res', 'Tab')
    await terminal.shows('jrctl workers show Research\\ Jr.')
    await terminal.press('Enter')
    await terminal.shows(/state +running/)
  })

  it('lists tasks with their titles, none of which is obeyed', async () => {
    await terminal.press('clear', 'Enter')
    await terminal.press('jrctl tasks show ', 'Tab', 'Tab')
    const screen = await terminal.shows('Another one (assigned)')
    expect(screen).toContain('-- Read $(touch owned) `touch owned` ␛and more')
    await terminal.press('C-u')
    expect(existsSync(join(fleet.place.dir, 'owned'))).toBe(false)
  })

  it('is quiet without a daemon', async () => {
    await terminal.press('clear', 'Enter')
    await terminal.press(
      'JRCTL_STATE_DIR=elsewhere JRCTL_SOCKET= jrctl --config /nowhere.toml workers show ',
      'Tab',
      'Tab',
      'x',
    )
    const screen = await terminal.shows(/workers show x/)
    expect(screen.trim().split('\n')).toHaveLength(1)
    await terminal.press('C-u')
  })
})
