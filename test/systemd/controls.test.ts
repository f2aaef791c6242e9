import { afterAll, beforeAll, expect, it } from 'vitest'
import { type SystemdMachine, bootMachine, describeOnMachine } from '../support/systemd-machine.ts'
import { type InstalledFleet, daemonUnit, fleetOn, installFleet } from './installed-fleet.ts'

const config = `[queue]
embedded = true
[shutdown]
workers = "leave"
[[workers]]
name = "Plain Jr."
command = ["sleep", "100000"]
`

// What the units say is what the other tests rely on: without it they would fail.
describeOnMachine('a unit that lacks', () => {
  let machine: SystemdMachine
  let fleet: InstalledFleet

  beforeAll(async () => {
    machine = await bootMachine()
    fleet = fleetOn(machine)
    await installFleet(fleet, config)
  })
  afterAll(() => machine?.end())

  const dropIn = async (text: string) => {
    await machine.write(
      `/run/systemd/system/${daemonUnit}.d/control.conf`,
      `[Service]\nRestart=no\n${text}\n`,
    )
    await machine.sh('systemctl daemon-reload')
  }
  const life = async () => (await fleet.workers())[0]?.instanceId

  it('KillMode=process loses its workers at a restart', async () => {
    const before = await life()
    await machine.sh(`systemctl restart ${daemonUnit}`)
    expect(before).toEqual(expect.any(String))
    expect(await life()).toBe(before)
    await dropIn('KillMode=control-group')
    await machine.sh(`systemctl restart ${daemonUnit}`)
    await machine.until(life, (id) => typeof id === 'string' && id !== before)
  })

  it('the way to systemd is never ready', async () => {
    await dropIn('UnsetEnvironment=NOTIFY_SOCKET\nTimeoutStartSec=4')
    expect((await machine.run(['systemctl', 'restart', daemonUnit])).code).not.toBe(0)
    expect(await machine.show(daemonUnit, 'Result')).toEqual({ Result: 'timeout' })
  })
})
