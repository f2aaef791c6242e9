import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { whyNotTested } from '../binary/executable.ts'
import {
  type SystemdMachine,
  bootMachine,
  machineExecutable,
  systemdMissing,
} from '../support/systemd-machine.ts'
import { type InstalledFleet, daemonUnit, fleetOn, installFleet } from './installed-fleet.ts'

const config = `[queue]
embedded = true
[[workers]]
name = "Packed Jr."
command = ["jrctl", "work", "Packed Jr.", "--no-unassigned", "--", "cat"]
`

// It unpacks its database and its addon, inside of a sandbox that lets it write to almost nothing.
describe.skipIf(systemdMissing !== null || whyNotTested() !== null)(
  'the executable, installed hardened',
  () => {
    let machine: SystemdMachine
    let fleet: InstalledFleet

    beforeAll(async () => {
      machine = await bootMachine()
      fleet = fleetOn(machine, machineExecutable)
      await installFleet(fleet, config, ['--profile', 'hardened', '--prefix', '/usr/local'])
    })
    afterAll(() => machine?.end())

    it('is copied, unpacks what it needs where it may, and does tasks', async () => {
      const { ids } = await fleet.json<{ ids: number[] }>('tasks', 'add', 'hello', '--assign', 'Packed Jr.')
      await machine.until(
        () => fleet.attemptsOf(String(ids[0])),
        ({ status }) => status === 'completed',
      )
      expect(await machine.sh('ps -u jrctl -o args=')).toMatch(/^\/usr\/local\/bin\/jrctl \S+ --config/m)
      expect(await machine.sh('ls /var/cache/jrctl/parcels')).toMatch(/^postgres-.*\nsqlite-/)
    })

    it('gives way to a new version that lies elsewhere, and PATH with it', async () => {
      const before = await fleet.mainPid()
      await machine.sh(
        `mkdir /opt/v2 && cp ${machineExecutable} /opt/v2/jrctl-new && echo >>/opt/v2/jrctl-new`,
      )
      const { stdout } = await machine.run(['/opt/v2/jrctl-new', 'install', '--enable', '--yes'])
      expect(stdout).toContain('replace the program: /opt/v2/jrctl-new to /usr/local/bin/jrctl')
      expect(await machine.sh('cmp /opt/v2/jrctl-new /usr/local/bin/jrctl && echo same')).toBe('same\n')
      const { ExecStart } = await machine.show(daemonUnit, 'ExecStart')
      expect(ExecStart).toContain('path=/usr/local/bin/jrctl ')
      expect(await fleet.mainPid()).not.toBe(before)
      expect((await machine.run(['jrctl', 'install', '--enable'])).stdout).toContain('nothing to do')
    })

    it('gives way to one that took its name, and was kept under another', async () => {
      const before = await fleet.mainPid()
      await machine.sh(
        `mv /usr/local/bin/jrctl /usr/local/bin/old-jrctl && cp ${machineExecutable} /usr/local/bin/jrctl`,
      )
      const { stdout } = await machine.run(['jrctl', 'install', '--enable', '--yes'])
      expect(stdout).toContain('it runs the version that was replaced')
      expect(await fleet.mainPid()).not.toBe(before)
      await machine.sh('rm /usr/local/bin/old-jrctl')
    })

    it('starts anew for other variables, and for a drop-in that is gone', async () => {
      const why = async () => (await machine.run(['jrctl', 'install', '--enable', '--yes'])).stdout
      expect(await why()).toContain('nothing to do')
      await machine.write('/etc/jrctl/environment', 'OTHER=1\n', '0644')
      expect(await why()).toContain('its environment file was changed after it had started')
      await machine.sh('chmod 0600 /etc/jrctl/environment')
      expect(await why()).toContain('nothing to do')
      const dropIn = `/etc/systemd/system/${daemonUnit}.d/nice.conf`
      await machine.write(dropIn, '[Service]\nNice=2\n')
      await why()
      await machine.sh(`rm ${dropIn} && systemctl daemon-reload`)
      expect(await why()).toContain('its unit was changed after it had started')
      expect(await why()).toContain('nothing to do')
    })

    it('goes with all that it brought', async () => {
      expect(await fleet.jrctl(['uninstall', '--system', '--purge', '--yes'])).toMatchObject({ code: 0 })
      const left = '/usr/local/bin/jrctl /var/cache/jrctl /var/lib/jrctl /run/jrctl /etc/jrctl'
      expect(await machine.sh(`ls -d ${left} 2>/dev/null || true`)).toBe('')
    })
  },
)
