import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SystemdMachine, bootMachine, describeOnMachine } from '../support/systemd-machine.ts'
import { configFile, fleetOn, installFleet, type InstalledFleet } from './installed-fleet.ts'

const config = `[queue]
embedded = true
[shutdown]
finish_grace = "1s"
[[workers]]
name = "Own Jr."
command = ["jrctl", "work", "Own Jr.", "--no-unassigned", "--", "id", "-un"]
[[workers]]
name = "Frail Jr."
command = ["sh", "-c", "exit 3"]
restart = "never"
`
const steady = config.slice(0, config.lastIndexOf('[[workers]]'))

const cronMissing = existsSync('/usr/sbin/cron') ? null : 'skipped: no cron, see .ci/run'

/** A folder that stands first in PATH, with a systemctl that finds no systemd at work. */
const without = '/var/tmp/without'
const noSystemd = { env: { PATH: `${without}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin` } }

describe.skipIf(cronMissing !== null)(cronMissing ?? 'where cron is installed', () => {
  describeOnMachine('what a real cron starts', () => {
    let machine: SystemdMachine
    let fleet: InstalledFleet

    beforeAll(async () => {
      machine = await bootMachine()
      fleet = fleetOn(machine)
      await machine.sh('install -d -g crontab -m 1730 /var/spool/cron/crontabs')
      await machine.write(
        `${without}/systemctl`,
        '#!/bin/sh\necho "System has not been booted with systemd as init system" >&2; exit 1\n',
        '0755',
      )
    })
    afterAll(() => machine?.end())

    const crontab = async () => (await machine.run(['crontab', '-u', 'jrctl', '-l'])).stdout
    /** cron runs what stands at @reboot once a start of the machine, by what it remembers in this file. */
    const startCron = () => machine.sh('systemctl stop cron; rm -f /run/crond.reboot; systemctl start cron')
    /** Our own line for the health check, at once and once, with its verdict in a file instead of a mail. */
    async function healthByCron(): Promise<string> {
      const before = await crontab()
      const line = before.split('\n').find((one) => one.includes('health-check')) ?? ''
      const said = '/var/tmp/health'
      const now = line
        .replace('*/5 * * * *', '@reboot')
        .replace('|| echo "$out"', `; echo "$? $out" >${said}`)
      await machine.sh(`rm -f ${said}; crontab -u jrctl -`, { input: `${now}\n` })
      await startCron()
      const answer = await machine.until(
        () => machine.run(['cat', said]),
        ({ stdout }) => stdout !== '',
      )
      await machine.sh('crontab -u jrctl -', { input: before })
      return answer.stdout
    }

    it('finds the fleet of the units well', async () => {
      await installFleet(fleet, steady, ['--cron'])
      await machine.until(
        () => fleet.jrctl(['health-check']),
        ({ code }) => code === 0,
      )
      expect(await healthByCron()).toMatch(/^0 JRCTL OK - daemon up /)
      expect(await machine.sh("systemctl list-unit-files --no-legend 'jr-health*' || true")).toBe('')
    })

    it('reads secrets, of which is said when it cannot', async () => {
      await machine.write('/etc/jrctl/environment', 'JRCTL_NOBODY=1\n', '0600')
      const told = await fleet.jrctl(['install', '--dry-run'])
      expect(told.stderr).toContain('chown jrctl /etc/jrctl/environment')
      await machine.sh('chown jrctl /etc/jrctl/environment')
      expect((await fleet.jrctl(['install', '--dry-run'])).stderr).not.toContain('chown')
      await machine.sh('rm /etc/jrctl/environment')
    })

    it('is given back to the timer, and then nothing is left of either, nor anything remembered', async () => {
      expect(await fleet.jrctl(['install', '--no-cron', '--enable', '--yes'])).toMatchObject({ code: 0 })
      expect(await crontab()).toBe('')
      expect(await machine.show('jr-health-check.timer', 'ActiveState')).toEqual({ ActiveState: 'active' })
      // A worker's unit that has failed would keep the whole machine "degraded" when its file is gone.
      await machine.write(configFile, config)
      const hardened = ['install', '--profile', 'hardened', '--enable', '--yes']
      expect(await fleet.jrctl(hardened)).toMatchObject({ code: 0 })
      await machine.until(
        () => machine.run(['systemctl', 'is-failed', String.raw`jr-queue-worker@Frail\x20Jr..service`]),
        ({ code }) => code === 0,
      )
      expect(await fleet.jrctl(['uninstall', '--yes'])).toMatchObject({ code: 0 })
      expect(await machine.sh("systemctl list-units --all --no-legend 'jr-*'")).toBe('')
      expect(await machine.sh('find /etc/systemd -name "jr-*"')).toBe('')
      await machine.until(
        () => machine.run(['systemctl', 'is-system-running']),
        ({ stdout }) => stdout === 'running\n',
      )
      expect((await fleet.jrctl(['uninstall', '--yes'])).stdout).toContain('There is nothing to do.')
    })

    it('is the daemon, too, where no systemd runs; and by hand the same one', async () => {
      await machine.write(configFile, steady)
      await machine.sh('rm -rf /var/lib/jrctl')
      const installed = await fleet.jrctl(['install', '--cron', '--enable', '--yes'], noSystemd)
      expect(installed).toMatchObject({ code: 0 })
      const isWell = () =>
        machine.until(
          () => fleet.jrctl(['health-check'], noSystemd),
          ({ code }) => code === 0,
        )
      const owner = () =>
        machine.sh('ps -o user= -p "$(cat /var/lib/jrctl/postgres/data/postmaster.pid | head -n 1)"')
      await startCron()
      await isWell()
      expect(await owner()).toBe('jrctl\n')
      const daemons = async () => (await machine.sh('pgrep -f "[m]ain.js daemon"')).trim().split('\n')
      const [before] = await daemons()
      await machine.sh(`kill ${before}`)
      await machine.until(
        () => machine.run(['kill', '-0', String(before)]),
        ({ code }) => code !== 0,
      )
      const byHand = installed.stdout.trim().split('\n').at(-1) ?? ''
      // A shell's own variables lead nowhere else than cron does.
      const elsewhere = { env: { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' } }
      await machine.sh(`${byHand} </dev/null`, elsewhere)
      await isWell()
      expect(await owner()).toBe('jrctl\n')
      expect(await fleet.jrctl(['uninstall', '--yes'], noSystemd)).toMatchObject({ code: 0 })
      expect(await machine.sh('pgrep -fa "[m]ain.js|[p]ostgres" || true')).toBe('')
      expect(await crontab()).toBe('')
    })
  })
})
