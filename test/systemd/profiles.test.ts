import { afterAll, beforeAll, expect, it } from 'vitest'
import { type SystemdMachine, bootMachine, describeOnMachine } from '../support/systemd-machine.ts'
import { type InstalledFleet, configFile, fleetOn, installFleet, patientJr } from './installed-fleet.ts'

/** One that nobody would take for another's, and that does not end for being asked. */
const stubborn = (name: string): string => `[[workers]]
name = "${name}"
command = ["sh", "-c", "trap '' TERM; while :; do sleep 0.2; done", "${name.toLowerCase().replace(' jr.', '-worker')}"]
stop_grace = "1s"
`

const config = (more: string): string => `[queue]
embedded = true
[shutdown]
workers = "leave"
finish_grace = "1s"
${patientJr('Steady Jr.')}${more}`

describeOnMachine('a fleet that changes its profile', () => {
  let machine: SystemdMachine
  let fleet: InstalledFleet

  beforeAll(async () => {
    machine = await bootMachine()
    fleet = fleetOn(machine)
    await installFleet(fleet, config(`${stubborn('Mule Jr.')}${stubborn('Ox Jr.')}`))
  })
  afterAll(() => machine?.end())

  const install = async (profile: string) => {
    const args = ['install', '--system', '--enable', '--yes', '--profile', profile]
    const { code, stdout, stderr } = await fleet.jrctl(args)
    expect([code, stderr], stdout).toEqual([0, expect.anything()])
  }
  /** How many of each worker run, whoever started them. */
  const running = async () => {
    const listed = await machine.sh('ps -u jrctl -o args=')
    const count = (what: RegExp) => listed.split('\n').filter((line) => what.test(line)).length
    return {
      steady: count(/main\.js work Steady Jr\./),
      mule: count(/^(\/usr)?(\/bin\/)?sh -c trap .* mule-worker$/),
      ox: count(/^(\/usr)?(\/bin\/)?sh -c trap .* ox-worker$/),
    }
  }
  const settled = (wanted: object) =>
    machine.until(running, (found) => JSON.stringify(found) === JSON.stringify(wanted))

  it('has each worker once, run by the daemon at first', async () => {
    expect(await running()).toEqual({ steady: 1, mule: 1, ox: 1 })
  })

  it('has each worker once as a unit, although the daemon before left its own', async () => {
    await install('hardened')
    await settled({ steady: 1, mule: 1, ox: 1 })
    expect(await machine.sh("systemctl list-units --no-legend --state=active 'jr-queue-worker@*'")).toMatch(
      /^.*(\n.*){2}\n$/,
    )
  })

  it('ends the unit of a worker that is no longer configured', async () => {
    await machine.write(configFile, config(stubborn('Mule Jr.')))
    await install('hardened')
    await settled({ steady: 1, mule: 1, ox: 0 })
  })

  it('has each worker once when the daemon runs them again', async () => {
    await install('standard')
    await settled({ steady: 1, mule: 1, ox: 0 })
    expect(await machine.sh("systemctl list-units --no-legend --state=active 'jr-queue-worker@*'")).toBe('')
    expect((await fleet.workers()).map(({ name }) => name)).toEqual(['Steady Jr.', 'Mule Jr.'])
  })
})
