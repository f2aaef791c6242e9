import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { WorkersView } from '../../src/contract/outputs.ts'
import { isAlive } from '../support/alive.ts'
import { canReceive, startNotifyReceiver } from '../support/notify-receiver.ts'
import { start, temporaryPlace } from '../support/jrctl.ts'
import { type TestFleet, startFleet, until } from './fleet.ts'

let fleet: TestFleet | undefined
const folders: string[] = []
afterEach(async () => {
  await fleet?.end()
  fleet = undefined
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

/** Ignores SIGTERM, with a child that does too. */
const stubborn = `[[workers]]
name = "Stubborn Jr."
command = ["sh", "-c", "trap '' TERM; sleep 1000 & while :; do sleep 1; done"]
stop_grace = "2s"
[[workers]]
name = "Obedient Jr."
command = ["sleep", "1000"]
`

async function logOf({ place }: TestFleet): Promise<string[]> {
  const text = await readFile(join(place.dir, 'state/logs/jr_orchestrator.log'), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { msg: string }).msg)
}

describe('a shutdown (spec §4)', () => {
  it('tells its six steps, names whom it waits for and what comes next, kills the stubborn and exits with 1', async () => {
    fleet = await startFleet(stubborn, '[shutdown]\nfinish_grace = "1s"')
    const { workers } = await fleet.json<WorkersView>('workers')
    expect(workers.map(({ name }) => name)).toContain('Stubborn Jr.')
    fleet.daemon.child.kill('SIGTERM')
    expect(await fleet.daemon.exited).toBe(1)
    const log = await logOf(fleet)
    const lines = log.slice(log.findIndex((line) => line.startsWith('Shutdown asked by SIGTERM')))
    const steps = lines.filter((line) => /^\[\d\/6\]/.test(line) && !line.includes('Waiting'))
    expect(steps.map((line) => line.slice(0, 5))).toEqual([
      '[1/6]',
      '[2/6]',
      '[3/6]',
      '[4/6]',
      '[5/6]',
      '[6/6]',
    ])
    expect(steps[3]).toMatch(/terminated, then killed: Stubborn Jr\. \(pid \d+\), killed in \d+ s/)
    const waits = lines.filter((line) => line.includes('Waiting'))
    expect(waits.length).toBeGreaterThanOrEqual(2)
    const stubbornPid = Number(/Stubborn Jr\. \(pid (\d+)\)/.exec(waits.at(-1) ?? '')?.[1])
    expect(stubbornPid).toBeGreaterThan(0)
    expect(lines.at(-1)).toMatch(
      /^Stopped in ([3-9]|[1-5]\d)\.\d s after \d+ s of work; by themselves: Obedient Jr\.; forced: Stubborn Jr\.$/,
    )
    expect(isAlive(stubbornPid)).toBe(false)
  })

  it('is hurried by a second signal', async () => {
    fleet = await startFleet(stubborn.replace('2s', '60s'))
    fleet.daemon.child.kill('SIGTERM')
    await until(
      () => logOf(fleet as TestFleet),
      (log) => log.some((line) => line.includes('Waiting for')),
    )
    fleet.daemon.child.kill('SIGTERM')
    expect(await fleet.daemon.exited).toBe(1)
    // Its grace would have been a minute.
    expect((await logOf(fleet)).at(-1)).toMatch(/^Stopped in [1-3]?\d\.\d s/)
  })
})

describe.skipIf(!canReceive)('under a service manager (spec §15)', () => {
  it('is ready when it is, reloads, gives signs of life, and asks for time when it stops; workers inherit nothing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'jrctl-notify-'))
    folders.push(folder)
    const receiver = await startNotifyReceiver(join(folder, 'notify'))
    const says = (word: string, from = 0) => receiver.until(({ lines }) => lines.includes(word), from)
    fleet = await startFleet(
      '[[workers]]\nname = "Env Jr."\ncommand = ["sh", "-c", "env; exec sleep 1000"]\nenv_inherit = "all"\n',
    )
    const { place } = fleet
    fleet.daemon.child.kill('SIGTERM')
    await fleet.daemon.exited
    Object.assign(place.env, { NOTIFY_SOCKET: receiver.socket, WATCHDOG_USEC: '200000' })
    fleet.daemon = start(place, ['daemon'])
    await says('READY=1')
    await says('WATCHDOG=1')
    fleet.daemon.child.kill('SIGHUP')
    const from = receiver.received.length
    await receiver.until(
      ({ lines }) => lines.includes('RELOADING=1') && lines.some((l) => l.startsWith('MONOTONIC_USEC=')),
    )
    await says('READY=1', from)
    fleet.daemon.child.kill('SIGTERM')
    await says('STOPPING=1')
    await receiver.until(
      ({ lines }) =>
        lines.some((line) => line.startsWith('STATUS=[6/6]')) &&
        lines.includes('EXTEND_TIMEOUT_USEC=30000000'),
    )
    expect(await fleet.daemon.exited).toBe(0)
    await receiver.close()
    const seen = await readFile(join(place.dir, 'state/logs/env_jr.log'), 'utf8')
    expect(seen).toContain('JR_NAME=Env Jr.')
    expect(seen).not.toMatch(/NOTIFY_SOCKET|WATCHDOG_/)
  })

  it('a worker of its own unit gives signs of life while its database is away', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'jrctl-notify-'))
    folders.push(folder)
    const receiver = await startNotifyReceiver(join(folder, 'notify'))
    const place = await temporaryPlace({
      DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none',
      NOTIFY_SOCKET: receiver.socket,
      WATCHDOG_USEC: '200000',
    })
    const worker = start(place, ['work', 'Lone Jr.', '--', 'true'])
    await receiver.until(({ lines }) => lines.includes('READY=1') && lines.includes('STATUS=Serves Lone Jr.'))
    for (let pets = 0; pets < 5; pets += 1)
      await receiver.until(({ lines }) => lines.includes('WATCHDOG=1'), receiver.received.length)
    worker.child.kill('SIGTERM')
    await receiver.until(({ lines }) => lines.includes('STOPPING=1'))
    expect(await worker.exited).toBe(0)
    await receiver.close()
    await place.remove()
  })
})
