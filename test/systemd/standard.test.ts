import { afterAll, beforeAll, expect, it } from 'vitest'
import { type SystemdMachine, bootMachine, describeOnMachine } from '../support/systemd-machine.ts'
import {
  type InstalledFleet,
  configFile,
  daemonUnit,
  fleetOn,
  hasty,
  installFleet,
  patientJr,
} from './installed-fleet.ts'

const config = (shutdown: 'stop' | 'leave', more = ''): string => `[queue]
embedded = true
[shutdown]
workers = "${shutdown}"
finish_grace = "60s"
${patientJr('Steady Jr.')}
[[workers]]
name = "Plain Jr."
command = ["sh", "-c", "exec sleep 100000"]
${more}
`

describeOnMachine('the standard profile under a real systemd', () => {
  let machine: SystemdMachine
  let fleet: InstalledFleet

  beforeAll(async () => {
    machine = await bootMachine()
    fleet = fleetOn(machine)
    await machine.write(`/run/systemd/system/${daemonUnit}.d/test.conf`, hasty)
    await installFleet(fleet, config('leave'))
  })
  afterAll(() => machine?.end())

  /** What may tell why somebody ended. */
  const lastWords = 'ps -ef; tail -n 40 /var/lib/jrctl/logs/* /var/lib/jrctl/postgres/postgres.log'

  /** Alive and at work: no zombie. */
  const pids = async () =>
    Object.fromEntries((await fleet.workers()).map(({ name, pid }) => [name, pid] as const))
  /** Who they are: a pid that is told right after a start is its leader's, and the command's a moment later. */
  const lives = async () =>
    Object.fromEntries((await fleet.workers()).map(({ name, instanceId }) => [name, instanceId] as const))
  const isThere = async (pid: number) => (await machine.run(['kill', '-0', String(pid)])).code === 0

  /** The next daemon, after something happened to the one of this pid. */
  async function nextDaemon(before: number): Promise<number> {
    const after = await machine.until(
      () => fleet.mainPid(),
      (pid) => pid !== before,
    )
    await machine.until(
      () => fleet.jrctl(['status']),
      ({ code }) => code === 0,
    )
    return after
  }

  it('is ready when systemd says so, and says how it is', async () => {
    expect(await machine.show(daemonUnit, 'ActiveState', 'SubState', 'Type', 'NRestarts')).toEqual({
      ActiveState: 'active',
      SubState: 'running',
      Type: 'notify',
      NRestarts: '0',
    })
    expect(await fleet.jrctl(['status'])).toMatchObject({ code: 0 })
    await machine.until(
      async () => (await machine.show(daemonUnit, 'StatusText'))['StatusText'],
      (text) => text === '2 of 2 workers run, 0 tasks at work',
    )
    expect(await machine.sh(`systemctl status ${daemonUnit}`)).toContain('Status: "2 of 2 workers run')
    const id = await fleet.holdTask('Steady Jr.')
    await fleet.release()
    await machine.until(
      () => fleet.attemptsOf(id),
      ({ status }) => status === 'completed',
    )
  })

  it('reads its configuration again, and says no to a wrong one', async () => {
    const pid = await fleet.mainPid()
    await machine.write(
      configFile,
      config('leave', '[[workers]]\nname = "New Jr."\ncommand = ["sleep", "100000"]\n'),
    )
    await machine.sh(`systemctl reload ${daemonUnit}`)
    expect((await fleet.workers()).map(({ name }) => name)).toContain('New Jr.')
    await machine.write(configFile, `${config('leave')}\n[queue\n`)
    expect((await machine.run(['systemctl', 'reload', daemonUnit])).code).not.toBe(0)
    expect(await machine.show(daemonUnit, 'ActiveState', 'SubState')).toEqual({
      ActiveState: 'active',
      SubState: 'running',
    })
    await machine.write(configFile, config('leave'))
    await machine.sh(`systemctl reload ${daemonUnit}`)
    expect(await fleet.mainPid()).toBe(pid)
  })

  it.each([
    ['is restarted', () => machine.sh(`systemctl restart ${daemonUnit}`), 'success'],
    ['is killed', () => machine.sh(`systemctl kill -s KILL --kill-who=main ${daemonUnit}`), 'signal'],
    ['stands still', async (pid: number) => machine.sh(`kill -STOP ${pid}`), 'watchdog'],
  ])('that %s leaves its workers at work, and the next one adopts them', async (_, happen) => {
    const before = await fleet.mainPid()
    const id = await fleet.holdTask('Steady Jr.')
    const workers = await lives()
    const processes = Object.values(await pids())
    await happen(before)
    await nextDaemon(before)
    expect(await lives()).toEqual(workers)
    for (const pid of processes) expect(await isThere(pid ?? 0)).toBe(true)
    expect((await fleet.workers()).every(({ adopted, state }) => adopted && state === 'running')).toBe(true)
    await fleet.release()
    await machine.until(
      () => fleet.attemptsOf(id),
      ({ status }) => status === 'completed',
    )
    expect((await fleet.attemptsOf(id)).attempts).toBe(1)
  })

  it('is told by its watchdog what ended it', async () => {
    const journal = await machine.journal(daemonUnit)
    expect(journal).toMatch(/Watchdog timeout/)
    expect(Number((await machine.show(daemonUnit, 'NRestarts'))['NRestarts'])).toBeGreaterThanOrEqual(2)
  })

  it('looks after its health by a timer', async () => {
    await machine.write(
      '/run/systemd/system/jr-health-check.timer.d/test.conf',
      '[Timer]\nOnActiveSec=1\nAccuracySec=1ms\n',
    )
    const standing = () =>
      machine.show('jr-health-check.service', 'ExecMainStartTimestampMonotonic', 'ActiveState')
    // On a slow machine it has looked before, two minutes after boot, and perhaps found the daemon standing still.
    const { ExecMainStartTimestampMonotonic: lookedAtUs } = await machine.until(
      standing,
      ({ ActiveState }) => ActiveState !== 'activating',
    )
    await machine.sh('systemctl daemon-reload && systemctl restart jr-health-check.timer')
    await machine.until(
      standing,
      ({ ExecMainStartTimestampMonotonic: atUs, ActiveState }) =>
        atUs !== lookedAtUs && ActiveState !== 'activating',
    )
    expect(await machine.show('jr-health-check.service', 'Result', 'ExecMainStatus')).toEqual({
      Result: 'success',
      ExecMainStatus: '0',
    })
    expect(await machine.journal('jr-health-check.service')).toMatch(/healthy|well|ok/i)
  })

  it('stops in six steps, without a worker left', async () => {
    await machine.write(configFile, config('stop'))
    await machine.sh(`systemctl reload ${daemonUnit}`)
    const workers = Object.values(await pids())
    await fleet.holdTask('Steady Jr.')
    await machine.sh(`systemctl stop --no-block ${daemonUnit}`)
    // Longer than a stop may take, or give no signs of life.
    await machine.until(
      () => machine.show(daemonUnit, 'ActiveState', 'StatusText'),
      ({ ActiveState, StatusText }) =>
        ActiveState === 'deactivating' &&
        /^\[3\/6\] Waiting for ([89]|1\d) s: Steady Jr\./.test(StatusText ?? ''),
    )
    await fleet.release()
    await machine.until(
      () => machine.show(daemonUnit, 'ActiveState'),
      ({ ActiveState }) => ActiveState !== 'deactivating',
    )
    expect(await machine.show(daemonUnit, 'ActiveState', 'Result')).toEqual({
      ActiveState: 'inactive',
      Result: 'success',
    })
    for (const pid of workers) expect(await isThere(pid ?? 0)).toBe(false)
    const log = await machine.sh('cat /var/lib/jrctl/logs/jr_orchestrator.log')
    for (let step = 1; step <= 6; step += 1) expect(log).toContain(`[${step}/6]`)
    expect(log).toMatch(/by themselves: Steady Jr\..*; forced: none/)
    const cgroup = (await machine.show(daemonUnit, 'ControlGroup'))['ControlGroup']
    expect(cgroup).toBe('')
  })

  it('with a wrong configuration fails once, visibly', async () => {
    await machine.write(configFile, `${config('stop')}\n[queue\n`)
    expect((await machine.run(['systemctl', 'start', daemonUnit])).code).not.toBe(0)
    await machine.until(
      () => machine.show(daemonUnit, 'ActiveState', 'NRestarts'),
      ({ ActiveState }) => ActiveState === 'failed',
    )
    expect(await machine.journal(daemonUnit)).toContain(configFile)
    await machine.write(configFile, config('stop'))
    await machine.sh(`systemctl reset-failed ${daemonUnit}; systemctl start ${daemonUnit}`)
  })

  it('is uninstalled without a trace', async () => {
    const workers = Object.values(await pids())
    const { code, stdout, stderr } = await fleet.jrctl(['uninstall', '--system', '--yes'])
    expect([code, stdout, stderr]).toMatchObject([0, expect.anything(), expect.anything()])
    for (const pid of workers) expect(await isThere(pid ?? 0)).toBe(false)
    expect(await machine.sh("systemctl list-unit-files --no-legend 'jr-*' || true")).toBe('')
    expect(await machine.sh('find /etc/systemd -name "jr-*"')).toBe('')
    expect(await machine.sh(`cat ${configFile}`)).toBe(config('stop'))
  })

  it.each(['waits to be started again', 'has failed, its configuration wrong'])(
    'is uninstalled whole when its daemon is dead and %s',
    async (how) => {
      const fails = how.startsWith('has failed')
      // Who waits to be started again shall do so until it is uninstalled, who is to fail soon.
      const drop = `/run/systemd/system/${daemonUnit}.d/test.conf`
      await (fails ? machine.write(drop, '[Service]\nRestartSec=1\n') : machine.sh(`rm -f ${drop}`))
      await machine.write(configFile, config('leave'))
      const installed = await fleet.jrctl(['install', '--system', '--enable', '--yes'])
      expect(installed).toMatchObject({ code: 0 })
      // Past their first second, in which one may end and be started again, by a daemon that is there.
      await machine.until(
        () => fleet.workers(),
        (found) => found.length === 2 && found.every(({ state }) => state === 'running'),
      )
      const workers = await pids()
      const server = Number(await machine.sh('head -n 1 /var/lib/jrctl/postgres/data/postmaster.pid'))
      if (fails) await machine.write(configFile, `${config('leave')}\n[queue\n`)
      await machine.sh(`kill -9 ${await fleet.mainPid()}`)
      await machine.until(
        () => machine.show(daemonUnit, 'ActiveState', 'SubState'),
        ({ ActiveState, SubState }) => (fails ? ActiveState === 'failed' : SubState === 'auto-restart'),
      )
      for (const [name, pid] of Object.entries({ ...workers, server }))
        if (!(await isThere(pid ?? 0)))
          throw new Error(`${name}, pid ${pid}, ended with its daemon: ${await machine.sh(lastWords)}`)
      const { code, stdout, stderr } = await fleet.jrctl(['uninstall', '--system', '--purge', '--yes'])
      expect([code, stdout, stderr]).toMatchObject([0, expect.stringContaining('ended '), expect.anything()])
      for (const pid of [...Object.values(workers), server]) expect(await isThere(pid ?? 0)).toBe(false)
      expect(await machine.sh('pgrep -fa "[s]leep 100000|[j]rctl work|[p]ostgres" || true')).toBe('')
      expect(await machine.sh('ls -d /var/lib/jrctl 2>/dev/null || true')).toBe('')
    },
  )
})
