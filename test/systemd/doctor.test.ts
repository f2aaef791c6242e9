import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Check } from '../../src/cli/doctor/check.ts'
import {
  type SystemdMachine,
  bootMachine,
  describeOnMachine,
  machineJrctl,
} from '../support/systemd-machine.ts'
import {
  type InstalledFleet,
  configFile,
  daemonUnit,
  fleetOn,
  hasty,
  installFleet,
} from './installed-fleet.ts'

const config = `[queue]
embedded = true
[[workers]]
name = "Plain Jr."
command = ["sh", "-c", "exec sleep 100000"]
`

describeOnMachine('jrctl doctor under a real systemd', () => {
  let machine: SystemdMachine
  let fleet: InstalledFleet

  beforeAll(async () => {
    machine = await bootMachine()
    fleet = fleetOn(machine)
    await machine.write(`/run/systemd/system/${daemonUnit}.d/test.conf`, hasty)
    await installFleet(fleet, config)
  })
  afterAll(() => machine?.end())

  const find = async (name: string): Promise<Pick<Check, 'level' | 'text' | 'remedy'>[]> => {
    const { stdout } = await fleet.jrctl(['doctor', '--json'])
    const { checks } = JSON.parse(stdout) as { checks: Check[] }
    return checks.filter((check) => check.name === name)
  }

  it('finds the unit that runs the daemon, its cgroup and its timer in order', async () => {
    expect(await find('service.unit')).toMatchObject([{ level: 'ok' }])
    expect(await find('service.health_check')).toMatchObject([{ level: 'ok' }])
    expect(await find('machine.cgroup')).toMatchObject([{ level: 'ok' }])
  })

  it('sees that a unit was changed, by whom not, and that systemd has not read it', async () => {
    await machine.sh(`echo '# mine' >> /etc/systemd/system/${daemonUnit}`)
    const found = await find('service.unit')
    expect(found.map(({ level }) => level).toSorted()).toEqual(['note', 'warn'])
    expect(found.map(({ remedy }) => remedy)).toContain('systemctl daemon-reload')
    await machine.sh(`sed -i '$d' /etc/systemd/system/${daemonUnit} && systemctl daemon-reload`)
    expect(await find('service.unit')).toMatchObject([{ level: 'ok' }])
  })

  it('sees a unit that is not enabled, and one that does not run', async () => {
    await machine.sh(`systemctl disable ${daemonUnit}`)
    expect(await find('service.unit')).toMatchObject([
      { level: 'warn', remedy: `systemctl enable ${daemonUnit}` },
    ])
    await machine.sh(`systemctl enable ${daemonUnit} && systemctl stop ${daemonUnit}`)
    expect(await find('service.unit')).toMatchObject([
      { level: 'warn', remedy: `systemctl start ${daemonUnit}` },
    ])
  })

  it('sees a unit of an older fleet', async () => {
    const old = 'jr-auto-assigner.service'
    await machine.write(`/run/systemd/system/${old}`, '[Service]\nExecStart=/bin/sleep 100000\n')
    await machine.sh(`systemctl daemon-reload && systemctl start ${old}`)
    expect(await find('fleet.alone')).toMatchObject([
      { level: 'warn', remedy: `systemctl disable --now ${old}` },
    ])
    await machine.sh(`systemctl stop ${old}`)
    expect(await find('fleet.alone')).toMatchObject([{ level: 'ok' }])
  })

  /** A command as the fleet's own account gives it, in a shell that somebody else has lent it. */
  const asAccount = (...args: string[]) => {
    const become = ['setpriv', '--reuid', 'jrctl', '--regid', 'jrctl', '--init-groups', 'env', '-i']
    return machine.run([...become, 'HOME=/root', 'PATH=/usr/bin:/bin', machineJrctl, ...args])
  }

  it('looks where the units look, as the account that they run as', async () => {
    await machine.sh(`systemctl start ${daemonUnit}`)
    expect(await asAccount('status')).toMatchObject({ code: 0, stderr: '' })
    expect(await asAccount('reload')).toMatchObject({ code: 0, stderr: '' })
    expect(await asAccount('backup', '/tmp/backup.tar.zst')).toMatchObject({ code: 0 })
    const { stderr } = await asAccount('daemon')
    expect(stderr).toContain('already owns the state directory /var/lib/jrctl')
    expect(await find('machine.installation')).toMatchObject([
      { level: 'ok', text: expect.stringContaining('STATE_DIRECTORY=/var/lib/jrctl') as string },
    ])
  })

  it('knows the variables of the environment file where it may read that, and says else who may', async () => {
    await machine.write('/etc/jrctl/environment', 'DATABASE_URL=postgres://n:p@127.0.0.1:9/d\n', '0600')
    expect(await find('machine.variables')).toMatchObject([
      { level: 'warn', text: expect.stringContaining('/etc/jrctl/environment was changed') as string },
    ])
    await machine.sh(`sed -i '/^embedded/d' ${configFile}`)
    const byRoot = await fleet.jrctl(['migrate', '--plan'])
    expect(byRoot.stderr).toContain('127.0.0.1:9/d as n (from DATABASE_URL)')
    const own = { env: { DATABASE_URL: 'postgres://n:p@127.0.0.1:7/own' } }
    expect((await fleet.jrctl(['migrate', '--plan'], own)).stderr).toContain('127.0.0.1:7/own')
    // Of one that runs its own database a health check would believe it.
    await machine.sh(`systemctl stop ${daemonUnit}`)
    expect((await asAccount('status')).stderr).toContain(`Start it with: sudo systemctl start ${daemonUnit}`)
    const unread = "where the fleet's variables are, is closed to this account"
    for (const command of ['migrate', 'doctor', 'health-check']) {
      const { stdout, stderr } = await asAccount(command)
      expect(stdout + stderr).toContain(unread)
      expect(stdout + stderr).toContain('sudo jrctl …')
    }
  })
})
