import { readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { WorkersView } from '../../src/contract/outputs.ts'
import { jrctl, type Place, type Ran, type Running, start } from '../support/jrctl.ts'
import { scripted, startFleet, type TestFleet, until } from './fleet.ts'

const invocation = '0123456789abcdef0123456789abcdef'
const unitOf = (name: string) => `jr-queue-worker@${name}.service`

/** Says what it was given; and one that works until it is told to go on. */
const workers = `${scripted('unit_jr', 'echo $$ > pid; test -e slow && exec sleep 60; echo done')}
[[workers]]
name = "Env Jr."
command = ["sleep", "1000"]
cwd = "/"
env = { COLOUR = "blue" }
`

let fleet: TestFleet | undefined
const running: Running[] = []
afterEach(async () => {
  for (const { child, exited } of running.splice(0)) {
    child.kill('SIGKILL')
    await exited
  }
  await fleet?.end()
  fleet = undefined
})

async function unitFleet(): Promise<TestFleet> {
  fleet = await startFleet(workers, '', { JRCTL_SUPERVISOR_WORKERS: 'units' })
  return fleet
}

/** As systemd starts a unit's program, in a place of its own environment. */
function asUnit({ place }: TestFleet, more: Record<string, string> = {}): Place {
  return { ...place, env: { ...place.env, INVOCATION_ID: invocation, ...more } }
}

function exec(of: TestFleet, name: string, more: Record<string, string> = {}): Running {
  const worker = start(asUnit(of, more), ['workers', 'exec', '--unit', unitOf(name)])
  running.push(worker)
  return worker
}

describe('workers that systemd runs (spec §15)', () => {
  it('are started by no daemon, which says who does', async () => {
    const of = await unitFleet()
    const view = await of.json<WorkersView>('workers')
    expect(view.workers.map(({ name, pid, unit }) => ({ name, pid, unit }))).toEqual([
      { name: 'unit_jr', pid: null, unit: unitOf('unit_jr') },
      { name: 'Env Jr.', pid: null, unit: unitOf('Env\\x20Jr.') },
    ])
    const { code, stderr } = await of.jrctl('workers', 'restart', 'Env Jr.')
    expect(code).toBe(1)
    expect(stderr).toContain(`systemctl restart '${unitOf('Env\\x20Jr.')}'`)
  })

  it('become the command, in the very process that was started, with what the daemon would give it', async () => {
    const of = await unitFleet()
    const { child } = exec(of, 'Env\\x20Jr.', { NOTIFY_SOCKET: '/run/notify', DAEMON_SECRET: 'hidden' })
    const proc = `/proc/${child.pid ?? 0}`
    await until(
      () => readFile(`${proc}/cmdline`, 'latin1'),
      (argv) => argv.split('\0')[1] === '1000',
    )
    expect(await readlink(`${proc}/cwd`)).toBe('/')
    expect(await readlink(`${proc}/fd/1`)).toBe(join(of.place.dir, 'state/logs/env_jr.log'))
    const lines = (await readFile(`${proc}/environ`, 'utf8')).split('\0')
    for (const line of [
      'JR_NAME=Env Jr.',
      'JR_ORCHESTRATED=1',
      'COLOUR=blue',
      `JRCTL_WORKER_ID=${invocation}`,
    ])
      expect(lines).toContain(line)
    expect(lines).toContain(`JRCTL_SOCKET=${join(of.place.dir, 'state/jrctl.sock')}`)
    expect(lines).toContain('NOTIFY_SOCKET=/run/notify')
    const names = lines.map((line) => line.slice(0, line.indexOf('=')))
    for (const name of [
      'DATABASE_URL',
      'DAEMON_SECRET',
      'JRCTL_SUPERVISOR_WORKERS',
      'PWD',
      'OLDPWD',
      'SHLVL',
    ])
      expect(names).not.toContain(name)
  })

  it('do the queue’s tasks, and end when they are asked to', async () => {
    const of = await unitFleet()
    const worker = exec(of, 'unit_jr')
    await of.json('tasks', 'add', 'A task', '--assign', 'unit_jr')
    await until(
      async () => (await of.sql.query('select status from jr_work_queue')).rows[0] as { status: string },
      ({ status }) => status === 'completed',
    )
    const { rows } = await of.sql.query('select instance_id, node_id from jr_attempts')
    const node = (await readFile(join(of.place.dir, 'state/node-id'), 'utf8')).trim()
    expect(rows).toEqual([{ instance_id: invocation, node_id: node }])
    worker.child.kill('SIGTERM')
    expect(await worker.exited).toBe(0)
  })

  it('that die give their tasks back at once', async () => {
    const of = await unitFleet()
    await of.jrctl('tasks', 'add', 'A task', '--assign', 'unit_jr')
    await writeFile(join(of.place.dir, 'slow'), '')
    const slow = exec(of, 'unit_jr')
    const pid = await until(
      () => readFile(join(of.place.dir, 'pid'), 'utf8').catch(() => ''),
      (text) => text.endsWith('\n'),
    )
    slow.child.kill('SIGKILL')
    await slow.exited
    // The rest of its tree, as systemd would.
    process.kill(Number(pid), 'SIGKILL')
    const ended = (result: Record<string, string>): Promise<Ran> =>
      jrctl(asUnit(of, result), ['workers', 'ended', '--unit', unitOf('unit_jr')])
    expect(await ended({ SERVICE_RESULT: 'success' })).toMatchObject({ code: 0, stderr: '' })
    const { code, stderr } = await ended({
      SERVICE_RESULT: 'signal',
      EXIT_CODE: 'killed',
      EXIT_STATUS: 'KILL',
    })
    expect(code).toBe(0)
    expect(stderr).toMatch(/task 1 came back from unit_jr, which was killed by SIGKILL: now assigned/)
    const { rows } = await of.sql.query(
      'select count(*)::int as open from jr_attempts where ended_at is null',
    )
    expect(rows).toEqual([{ open: 0 }])
  })
})

it('a worker that systemd starts before its daemon waits for what only that knows', async () => {
  const upstream = '[[gateway.upstreams]]\nname = "sim"\nkind = "simulated"\n'
  fleet = await startFleet(workers, upstream, { JRCTL_SUPERVISOR_WORKERS: 'units' })
  const { place, daemon } = fleet
  daemon.child.kill('SIGTERM')
  await daemon.exited
  const left = `${place.env['JRCTL_API_WORKER_SOCKET'] ?? ''}.json`
  await rm(left)
  const byHand = await jrctl(place, ['workers', 'exec', 'Env Jr.'])
  expect(byHand).toMatchObject({ code: 69, stderr: expect.stringContaining('where the gateway listens') })
  const { child } = exec(fleet, 'Env\\x20Jr.')
  fleet.daemon = start(place, ['daemon'])
  await fleet.daemon.said(/ runs, pid/)
  const environ = await until(
    () => readFile(`/proc/${child.pid ?? 0}/environ`, 'utf8'),
    (text) => text.includes('JR_NAME=Env Jr.'),
  )
  expect(environ).toMatch(/JRCTL_GATEWAY_URL=http:\/\/127\.0\.0\.1:\d+/)
})

it('a worker that the daemon runs is not started beside it', async () => {
  fleet = await startFleet(workers)
  const { code, stderr } = await fleet.jrctl('workers', 'exec', 'unit_jr')
  expect(code).toBe(1)
  expect(stderr).toContain('the daemon runs the workers of this configuration')
})
