import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Check } from '../../src/cli/doctor/check.ts'
import {
  type SystemdMachine,
  bootMachine,
  describeOnMachine,
  machineNode,
} from '../support/systemd-machine.ts'
import {
  type InstalledFleet,
  configFile,
  daemonUnit,
  fleetOn,
  hasty,
  installFleet,
  patientJr,
} from './installed-fleet.ts'

const unitOf = (jr: string): string => `jr-queue-worker@${jr.replaceAll(' ', String.raw`\x20`)}.service`
const steady = unitOf('Steady Jr.')
const frail = unitOf('Frail Jr.')

/** Asks the LLM by the gateway, as any client would. */
const asks = `
const { OPENAI_BASE_URL: url, OPENAI_API_KEY: key } = process.env
const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hello' }] })
const headers = { 'content-type': 'application/json', authorization: 'Bearer ' + key }
fetch(url + '/chat/completions', { method: 'POST', headers, body }).then(async (answer) => {
  console.log(JSON.stringify({ status: answer.status, choices: (await answer.json()).choices.length }))
})`

const config = `[queue]
embedded = true
retry_initial = "1s"
[shutdown]
workers = "leave"
finish_grace = "1s"
[[gateway.upstreams]]
name = "made-up"
kind = "simulated"
${patientJr('Steady Jr.')}
[[workers]]
name = "Asking Jr."
command = ["jrctl", "work", "Asking Jr.", "--no-unassigned", "--", "${machineNode}", "-e", ${JSON.stringify(asks)}]
[[workers]]
name = "Frail Jr."
command = ["sh", "-c", "[ -e /var/tmp/frail ] || exec sleep 100000; exit 3"]
`

describeOnMachine('the hardened profile under a real systemd', () => {
  let machine: SystemdMachine
  let fleet: InstalledFleet

  beforeAll(async () => {
    machine = await bootMachine()
    fleet = fleetOn(machine)
    await machine.write(`/run/systemd/system/${daemonUnit}.d/test.conf`, hasty)
    await machine.write(
      '/run/systemd/system/jr-queue-worker@.service.d/test.conf',
      '[Service]\nRestartSec=100ms\n',
    )
    // One that is stopped does not end for SIGABRT: it is waited for, then killed.
    await machine.write(
      `/run/systemd/system/${steady}.d/test.conf`,
      '[Service]\nWatchdogSec=6\nTimeoutAbortSec=1\n',
    )
    await installFleet(fleet, config, ['--profile', 'hardened'])
  })
  afterAll(() => machine?.end())

  const mainPid = (unit: string) => fleet.mainPid(unit)
  const otherThan = (unit: string, before: number) =>
    machine.until(
      () => mainPid(unit),
      (pid) => pid !== before,
    )
  const completed = (id: string) =>
    machine.until(
      () => fleet.attemptsOf(id),
      ({ status }) => status === 'completed',
    )

  it('shuts the daemon in, and not the workers', async () => {
    const inside = async (unit: string, what: string) =>
      machine.sh(`grep -E '^(${what}):' /proc/${await mainPid(unit)}/status`)
    expect(await inside(daemonUnit, 'CapBnd|NoNewPrivs|Seccomp')).toMatch(
      /CapBnd:\s0+\nNoNewPrivs:\s1\nSeccomp:\s2\n/,
    )
    expect(await inside(steady, 'NoNewPrivs|Seccomp')).toMatch(/NoNewPrivs:\s0\nSeccomp:\s0\n/)
  })

  it('tells who runs the workers', async () => {
    await machine.until(
      () => machine.show(daemonUnit, 'StatusText'),
      ({ StatusText }) => StatusText === '3 of 3 workers run, 0 tasks at work',
    )
    expect((await fleet.workers()).map(({ reason }) => reason)).toContain(`${steady} is active`)
    const { code, stderr } = await fleet.jrctl(['workers', 'restart', 'Steady Jr.'])
    expect([code, stderr]).toEqual([1, expect.stringContaining(`systemctl restart '${steady}'`)])
  })

  it('does tasks, and asks the LLM by the gateway', async () => {
    const { ids } = await fleet.json<{ ids: number[] }>('tasks', 'add', 'ask', '--assign', 'Asking Jr.')
    const task = await completed(String(ids[0]))
    expect(task).toMatchObject({ attempts: 1, result: { status: 200, choices: 1 } })
  })

  it.each([
    ['restarted', () => machine.sh(`systemctl restart ${daemonUnit}`)],
    ['killed', () => machine.sh(`systemctl kill -s KILL --kill-who=main ${daemonUnit}`)],
    ['stopped by its stall', (pid: number) => machine.sh(`kill -STOP ${pid}`)],
  ])('has workers that work on while the daemon is %s', async (_, happen) => {
    const [before, worker] = [await mainPid(daemonUnit), await mainPid(steady)]
    const postmaster = await machine.sh('head -1 /var/lib/jrctl/postgres/data/postmaster.pid')
    const id = await fleet.holdTask('Steady Jr.')
    await happen(before)
    await otherThan(daemonUnit, before)
    expect(await machine.sh('head -1 /var/lib/jrctl/postgres/data/postmaster.pid')).toBe(postmaster)
    await fleet.release()
    expect((await completed(id)).attempts).toBe(1)
    expect(await mainPid(steady)).toBe(worker)
  })

  it('gives a worker that was killed a new start, and its task to that', async () => {
    const before = await mainPid(steady)
    const id = await fleet.holdTask('Steady Jr.')
    await machine.sh(`kill -KILL ${before}`)
    await otherThan(steady, before)
    await machine.until(
      () => fleet.attemptsOf(id),
      ({ status, attempts }) => status === 'in_progress' && attempts === 2,
    )
    await fleet.release()
    await completed(id)
  })

  it('gives a worker that stands still a new start', async () => {
    const before = await mainPid(steady)
    await machine.sh(`kill -STOP ${before}`)
    await otherThan(steady, before)
    expect(await machine.journal(steady)).toContain('Watchdog timeout')
  })

  it('gives one up that does not live, for all to see', async () => {
    const before = await mainPid(frail)
    await machine.sh(`touch /var/tmp/frail; kill -KILL ${before}`)
    await machine.until(
      () => machine.show(frail, 'ActiveState', 'Result'),
      ({ ActiveState }) => ActiveState === 'failed',
    )
    expect(Number((await machine.show(frail, 'NRestarts'))['NRestarts'])).toBeLessThanOrEqual(5)
    const found = await machine.until(
      async () => (await fleet.workers()).find(({ name }) => name === 'Frail Jr.'),
      (worker) => worker?.state === 'error',
    )
    expect(found?.reason).toContain(`${frail} is failed: `)
  })

  it('tells of units that a changed configuration does not have, and of those that are missing', async () => {
    await machine.sh('rm -f /var/tmp/frail')
    await machine.sh(`sed -i 's/Steady Jr/Renamed Jr/' ${configFile}`)
    await machine.sh(`systemctl reload ${daemonUnit}`)
    const doctor = async (): Promise<Check[]> => {
      const { stdout } = await fleet.jrctl(['doctor', '--json'])
      const { checks } = JSON.parse(stdout) as { checks: Check[] }
      return checks.filter(({ name }) => name === 'service.workers')
    }
    const remedy = expect.stringContaining('jrctl install --enable') as string
    expect(await doctor()).toEqual([
      expect.objectContaining({ level: 'warn', text: expect.stringContaining(steady) as string, remedy }),
      expect.objectContaining({
        level: 'warn',
        text: expect.stringContaining(unitOf('Renamed Jr.')) as string,
        remedy,
      }),
    ])
    const complaints = await machine.until(
      async () => (await fleet.status()).degraded ?? [],
      (degraded) => degraded.length > 0,
    )
    expect(complaints).toEqual([expect.stringContaining(steady), expect.stringContaining('Renamed')])
    expect(await fleet.jrctl(['install', '--system', '--enable', '--yes'])).toMatchObject({ code: 0 })
    await machine.until(
      async () => (await fleet.status()).degraded ?? [],
      (degraded) => degraded.length === 0,
    )
    expect(await doctor()).toMatchObject([{ level: 'ok' }])
    await machine.sh(`sed -i 's/Renamed Jr/Steady Jr/' ${configFile}`)
    expect(await fleet.jrctl(['install', '--system', '--enable', '--yes'])).toMatchObject({ code: 0 })
  })

  it('is refused nothing that it needs', async () => {
    const troubles = await machine.sh('cat /var/lib/jrctl/logs/jr_orchestrator.log')
    expect(troubles.match(/.*(?:EPERM|EACCES|EROFS|not permitted).*/g) ?? []).toEqual([])
  })

  it('is uninstalled without a trace', async () => {
    const worker = await mainPid(steady)
    expect(await fleet.jrctl(['uninstall', '--system', '--yes'])).toMatchObject({ code: 0 })
    expect((await machine.run(['kill', '-0', String(worker)])).code).toBe(1)
    expect(await machine.sh('find /etc/systemd -name "jr-*"')).toBe('')
    // Units that failed are remembered until somebody says otherwise.
    expect(await machine.sh("systemctl list-units --all --no-legend --state=active,activating 'jr-*'")).toBe(
      '',
    )
  })
})
