import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { jrctl, type Place, temporaryPlace } from '../support/jrctl.ts'
import { until } from './fleet.ts'
import { haveTmux, openTerminal, prompt, type Terminal } from './tmux.ts'

/** `jrctl demo --top` (§12): one terminal for the fleet and what shows it. */
describe.skipIf(!haveTmux)('jrctl demo --top', () => {
  let place: Place
  let terminal: Terminal
  beforeEach(async () => {
    place = await temporaryPlace()
    terminal = await openTerminal(place)
  })
  afterEach(async () => {
    await terminal.close()
    await place.remove()
  })

  const daemonLog = () => readFile(join(place.dir, '.jrctl/logs/jr_orchestrator.log'), 'utf8')

  /** A new database takes longer, on a busy machine, than anything that a terminal shows. */
  const begun = () =>
    until(
      () => jrctl(place, ['status']),
      ({ code }) => code === 0,
    )

  it('shows the fleet, writes nothing across it, and ends with it', async () => {
    await terminal.jrctl('demo --top --tasks 20; echo ended with $?')
    await begun()
    await terminal.shows(/\[1 Positions\]/)
    await terminal.shows(/\d+ completed/)
    expect(await terminal.screen()).toMatch(/^Fleet/)
    expect(await daemonLog()).toContain('"msg"')
    await terminal.press('q')
    await terminal.shows('The demo ends with top')
    await terminal.shows(/ended with 0\s+shell>/)
    expect((await jrctl(place, ['status'])).code).toBe(69)
  })

  it('gives the terminal back when the demo ends first, and tells then what came of it', async () => {
    await terminal.jrctl('demo --top --tasks 3 --until-idle')
    await begun()
    await terminal.shows(/\[1 Positions\]/)
    const screen = await terminal.shows('The queue is done: 3 tasks completed')
    expect(screen).not.toContain('The demo ends with top')
    await terminal.shows(prompt)
  })

  it('says so where there is no terminal', async () => {
    const { code, stderr } = await jrctl(place, ['demo', '--top'])
    expect([code, stderr]).toEqual([2, expect.stringContaining('--top shows the fleet live, on a terminal')])
  })
})
