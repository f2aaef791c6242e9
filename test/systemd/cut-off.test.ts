import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  type SystemdMachine,
  bootMachine,
  describeOnMachine,
  machineJrctl,
} from '../support/systemd-machine.ts'
import { type InstalledFleet, daemonUnit, fleetOn, installFleet, patientJr } from './installed-fleet.ts'

const config = `[queue]
embedded = true
[shutdown]
workers = "leave"
finish_grace = "1s"
${patientJr('Steady Jr.')}${patientJr('Other Jr.')}`

describeOnMachine('an installation that is killed before its end', () => {
  let machine: SystemdMachine
  let fleet: InstalledFleet

  beforeAll(async () => {
    machine = await bootMachine()
    fleet = fleetOn(machine)
    await installFleet(fleet, config)
  })
  afterAll(() => machine?.end())

  /** As soon as it says that it has done this. */
  const installKilledAfter = async (done: string, ...options: string[]) => {
    const args = ['install', '--system', '--enable', '--yes', ...options].join(' ')
    const script = `sh -c 'echo $$ >/tmp/install.pid; exec ${machineJrctl} ${args}' | while read -r line; do
      case $line in "done: ${done}"*) kill -9 "$(cat /tmp/install.pid)"; echo killed;; esac; done`
    expect(await machine.sh(script)).toBe('killed\n')
  }
  const install = async (...options: string[]) => {
    const answer = await fleet.jrctl(['install', '--system', '--enable', '--yes', ...options])
    expect(answer).toMatchObject({ code: 0 })
    return answer.stdout
  }
  const hasProfile = async (profile: string) => {
    const told = await machine.sh(
      `tr '\\0' '\\n' </proc/${await fleet.mainPid()}/environ | grep -c WORKERS=units || true`,
    )
    expect(told).toBe(profile === 'hardened' ? '1\n' : '0\n')
  }
  /** Each worker as often as it runs, whoever runs it. */
  const running = async () => {
    const listed = await machine.sh('ps -u jrctl -o args= || true')
    return listed.split('\n').flatMap((line) => /main\.js work (\w+) Jr\./.exec(line)?.[1] ?? [])
  }
  const isOneFleet = async () => {
    await machine.until(running, (found) => found.sort().join() === 'Other,Steady')
    expect(await install()).toContain('There is nothing to do.')
  }

  it('between the units and the restart is gone on with: into the hardened profile', async () => {
    const before = await fleet.mainPid()
    await installKilledAfter('have systemd read its units', '--profile', 'hardened')
    expect(await fleet.mainPid()).toBe(before)
    expect(await install()).toContain('it runs in the profile standard')
    await hasProfile('hardened')
    await isOneFleet()
  })

  it('between the end of the workers and the restart is gone on with: into the standard one', async () => {
    const before = await fleet.mainPid()
    await installKilledAfter('stop jr-queue-worker@', '--profile', 'standard')
    expect(await fleet.mainPid()).toBe(before)
    expect(await install()).toContain('it runs in the profile hardened')
    await hasProfile('standard')
    await isOneFleet()
  })

  it('after a unit was written is gone on with', async () => {
    const before = await fleet.mainPid()
    await installKilledAfter(`change /etc/systemd/system/${daemonUnit}`, '--after', 'nginx.service')
    expect(await fleet.mainPid()).toBe(before)
    expect(await install()).toContain('its unit was changed after it had started')
    expect(await fleet.mainPid()).not.toBe(before)
    await isOneFleet()
  })

  it('changes no profile below a daemon that is not to be restarted', async () => {
    const { code, stderr } = await fleet.jrctl(['install', '--system', '--yes', '--profile', 'hardened'])
    expect([code, stderr]).toEqual([1, expect.stringContaining('Restart it with the change: --enable')])
    await hasProfile('standard')
  })

  it('restarts a daemon whose drop-in somebody has changed since', async () => {
    await machine.write(`/etc/systemd/system/${daemonUnit}.d/local.conf`, '[Service]\nNice=1\n')
    // As `systemctl edit` does.
    await machine.sh('systemctl daemon-reload')
    const unasked = await fleet.jrctl(['install', '--system', '--yes'])
    expect(unasked.stderr).toContain('--enable restarts it')
    expect(await install()).toContain('its unit was changed after it had started')
    expect(await machine.sh(`ps -o ni= -p ${await fleet.mainPid()}`)).toMatch(/^\s*1\n$/)
    await isOneFleet()
  })

  it('changes neither the account nor the state of a fleet that lives, even without its daemon; of one that has ended it does', async () => {
    await machine.sh('useradd --system --create-home --shell /usr/sbin/nologin jr2')
    await machine.write('/etc/jrctl/two.toml', `state_dir = "/srv/two"\n${config}`)
    const areRefused = async () => {
      const anew = ['install', '--system', '--enable', '--yes']
      const asOther = await fleet.jrctl([...anew, '--account', 'jr2'])
      expect([asOther.code, asOther.stderr]).toEqual([1, expect.stringContaining('is at work as jrctl')])
      const elsewhere = await fleet.jrctl([...anew, '--config', '/etc/jrctl/two.toml'])
      expect([elsewhere.code, elsewhere.stderr]).toEqual([
        1,
        expect.stringContaining('with the state in /var/lib/jrctl, and the configuration says /srv/two'),
      ])
    }
    await areRefused()
    await machine.sh(`systemctl stop ${daemonUnit}`)
    expect(await running()).toHaveLength(2)
    await areRefused()
    expect(await fleet.jrctl(['uninstall', '--system', '--yes'])).toMatchObject({ code: 0 })
    await install('--account', 'jr2')
    expect(await running()).toEqual([])
    await machine.until(
      () => machine.sh('ps -u jr2 -o args= || true'),
      (listed) => /work Steady Jr\./.test(listed) && /work Other Jr\./.test(listed),
    )
  })
})
