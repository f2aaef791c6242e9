import { afterAll, beforeAll, expect, it } from 'vitest'
import { type SystemdMachine, bootMachine, describeOnMachine } from '../support/systemd-machine.ts'
import { type InstalledFleet, daemonUnit, fleetOn, installFleet } from './installed-fleet.ts'

const config = `[queue]
embedded = true
[[workers]]
name = "New Jr."
command = ["jrctl", "work", "New Jr.", "--no-unassigned", "--", "cat"]
`

/** As somebody wrote it by hand years ago: it always comes back. */
const oldUnit = `[Service]
ExecStart=/bin/sh -c "exec sleep 200001"
Restart=always
RestartSec=100ms
[Install]
WantedBy=multi-user.target
`

describeOnMachine('an old fleet under a real systemd', () => {
  let machine: SystemdMachine
  let fleet: InstalledFleet

  beforeAll(async () => {
    machine = await bootMachine()
    fleet = fleetOn(machine)
    await machine.write('/etc/systemd/system/old-jr.service', oldUnit)
    await machine.write(`/etc/systemd/system/${daemonUnit}`, oldUnit.replace('200001', '200003'))
    await machine.sh(`systemctl enable --now old-jr.service ${daemonUnit}`)
    await machine.write('/home/legacy_jr_worker.sh', '#!/bin/sh\nwhile :; do sleep 0.2; done\n', '0755')
    await machine.sh(
      'for each in 1 2; do setsid sh /home/legacy_jr_worker.sh "Old Jr. $each" >/dev/null 2>&1 & done',
    )
    await machine.sh('setsid sh -c "exec sleep 200002" >/dev/null 2>&1 &')
  })
  afterAll(() => machine?.end())

  const count = async (what: string) =>
    (await machine.sh('ps -eo args=')).split('\n').filter((line) => line.includes(what)).length

  it('is switched off before the new one starts, and nobody else', async () => {
    expect([await count('sleep 200001'), await count('legacy_jr_worker.sh Old Jr.')]).toEqual([1, 2])
    await installFleet(fleet, config, [
      '--force',
      '--replace-units',
      'old-jr.service,jr-orchestrator',
      '--replace-processes',
      'legacy_jr_worker.sh',
    ])
    expect([await count('sleep 200001'), await count('legacy_jr_worker.sh Old Jr.')]).toEqual([0, 0])
    expect([await count('sleep 200002'), await count('sleep 200003')]).toEqual([1, 0])
    expect(await machine.show('old-jr.service', 'ActiveState', 'UnitFileState')).toMatchObject({
      ActiveState: 'inactive',
    })
    expect((await machine.run(['systemctl', 'is-enabled', 'old-jr.service'])).code).toBe(1)
    expect((await fleet.workers()).map(({ state }) => state)).toEqual(['running'])
  })

  it('is not what took its place by its own name', async () => {
    const again = ['install', '--system', '--enable', '--yes', '--replace-units', 'old-jr,jr-orchestrator']
    expect(await fleet.jrctl(again)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('nothing to do'),
    })
    expect(await machine.sh(`systemctl is-active ${daemonUnit}; systemctl is-enabled ${daemonUnit}`)).toBe(
      'active\nenabled\n',
    )
  })

  it('comes back as the uninstall says', async () => {
    const { code, stdout } = await fleet.jrctl(['uninstall', '--system', '--yes'])
    expect(code).toBe(0)
    const commands = stdout.match(/^\s*(?:mv|systemctl) .*$/gm) ?? []
    expect(commands.filter((command) => command.includes('old-jr.service'))).toHaveLength(2)
    for (const command of commands) {
      expect(command.match(/jr-orchestrator\.service(?= |$)/g) ?? []).toHaveLength(
        command.includes('daemon-reload') ? 0 : 1,
      )
      await machine.sh(command)
    }
    expect([await count('sleep 200001'), await count('sleep 200003')]).toEqual([1, 1])
    expect((await machine.run(['systemctl', 'is-enabled', 'old-jr.service', daemonUnit])).code).toBe(0)
  })
})
