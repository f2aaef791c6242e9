import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LedgerView, WorkersView } from '../../src/contract/outputs.ts'
import type { StatusView } from '../../src/contract/views.ts'
import { type Place, type Running, jrctl, start, temporaryPlace } from '../support/jrctl.ts'
import { until } from './fleet.ts'

/** A daemon on a database of its own making, as on an empty machine. */
let place: Place
let daemons: Running[]

/** One that works on whatever the daemon does, and one that ends while nobody watches, with a code of its own. */
const config = `state_dir = "state"
[queue]
embedded = true
[[workers]]
name = "Steady Jr."
command = ["jrctl", "work", "Steady Jr.", "--no-unassigned", "--", "sh", "-c", "while [ ! -e go ]; do sleep 0.05; done; echo done"]
[[workers]]
name = "Brief Jr."
command = ["sh", "-c", "while [ ! -e end ]; do sleep 0.02; done; exit 42"]
restart = "never"
`

beforeAll(async () => {
  place = await temporaryPlace()
  await writeFile(join(place.dir, 'jrctl.toml'), config)
  daemons = []
})
afterAll(async () => {
  const last = daemons.at(-1)
  last?.child.kill('SIGTERM')
  await last?.exited
  await place.remove()
})

async function daemon(...args: string[]): Promise<Running> {
  const running = start(place, ['daemon', ...args])
  await running.said(/ runs, pid/)
  daemons.push(running)
  return running
}

async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await jrctl(place, [...args, '--json'])
  if (code !== 0) throw new Error(`jrctl ${args.join(' ')}: ${stderr}`)
  return JSON.parse(stdout) as T
}

async function reconfigure(text: string): Promise<void> {
  await writeFile(join(place.dir, 'jrctl.toml'), text)
  expect(await jrctl(place, ['reload'])).toMatchObject({ code: 0 })
}

const workers = async () => (await json<WorkersView>('workers')).workers
const postmaster = async () => {
  const text = await readFile(join(place.dir, 'state/postgres/data/postmaster.pid'), 'utf8')
  return text.split('\n')[0]
}

describe('an upgrade in place (spec §4, faults 16 and 28)', () => {
  it('takes the fleet over without a pause in the work', async () => {
    const first = await daemon()
    await jrctl(place, ['tasks', 'add', 'slow', '--assign', 'Steady Jr.'])
    await until(
      () => json<StatusView>('status'),
      ({ queue }) => queue.byStatus.in_progress === 1,
    )
    const [before, database] = [await workers(), await postmaster()]

    const second = start(place, ['daemon'])
    expect(await second.exited).toBe(1)
    expect(second.stderr()).toContain(`a daemon, pid ${first.child.pid}, already owns the state directory`)

    const third = await daemon('--take-over')
    expect(await first.exited).toBe(0)
    const gapMs = Number(/took over from pid \d+, (\d+) ms/.exec(third.stderr())?.[1])
    // A quarter of a second on a quiet machine.
    expect(gapMs).toBeLessThan(5_000)
    const after = await workers()
    expect(after.map(({ name, instanceId, restarts }) => ({ name, instanceId, restarts }))).toEqual(
      before.map(({ name, instanceId, restarts }) => ({ name, instanceId, restarts })),
    )
    expect(after.every(({ adopted, state }) => adopted && state === 'running')).toBe(true)
    expect(await postmaster()).toBe(database)

    await writeFile(join(place.dir, 'go'), '')
    await until(
      () => json<StatusView>('status'),
      ({ queue }) => queue.byStatus.completed === 1,
    )
    const { task } = await json<{ task: { attempts: number } }>('tasks', 'show', '1')
    expect(task.attempts).toBe(1)
  })

  it('learns how a worker ended between two daemons', async () => {
    await reconfigure(`${config}[shutdown]\nworkers = "leave"\n`)
    const pid = (await workers()).find(({ name }) => name === 'Brief Jr.')?.pid ?? 0
    const last = daemons.at(-1)
    last?.child.kill('SIGTERM')
    expect(await last?.exited).toBe(0)
    const database = await postmaster()
    await writeFile(join(place.dir, 'end'), '')
    await until(
      async () => isThere(pid),
      (there) => !there,
    )
    await daemon()
    expect(await postmaster()).toBe(database)
    const found = await until(workers, (all) => all.some(({ lastExit }) => lastExit !== null))
    expect(found.find(({ name }) => name === 'Brief Jr.')).toMatchObject({ lastExit: 'exited with code 42' })
    expect(found.find(({ name }) => name === 'Steady Jr.')).toMatchObject({ adopted: true, restarts: 0 })
    const { entries } = await json<LedgerView>('ledger', '--type', 'worker.*')
    expect(entries.filter(({ eventType }) => eventType === 'worker.adopted')).not.toHaveLength(0)
    await reconfigure(config)
  })
})

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
