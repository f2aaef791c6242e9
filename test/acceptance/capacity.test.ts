import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/adapters/clock.ts'
import { createClient, type ApiClient } from '../../src/client/client.ts'
import type { ClaimedView } from '../../src/contract/outputs.ts'
import type { PositionView, StatusView } from '../../src/contract/views.ts'
import { type Place, type Running, start, temporaryPlace } from '../support/jrctl.ts'
import { migratedDatabase } from '../support/postgres.ts'
import { post, raw } from '../api/raw.ts'
import { startFleet, type TestFleet, until } from './fleet.ts'

const jr = 'Http Jr.'
/** Nobody runs: the test is the worker. */
const workers = `[[workers]]\nname = "${jr}"\ncommand = ["true"]\ninstances = 0\n`
const socketOf = (place: Place) => join(place.dir, 'state/jrctl.sock')
const clientOf = (place: Place): ApiClient =>
  createClient({ socketPath: socketOf(place), actor: 'test', clock: systemClock() })

async function claim(client: ApiClient, count: number): Promise<ClaimedView[]> {
  const tasks = Array.from({ length: count }, (_, index) => ({ title: `Task ${index}`, assignedJr: jr }))
  await client.call('addTasks', { tasks })
  const { attempts } = await client.call('claimAttempts', { jr, count, leaseMs: 600_000 })
  expect(attempts).toHaveLength(count)
  return attempts
}

/** When so many tasks hold positions. */
function seen(client: ApiClient, count: number): Promise<StatusView> {
  return until(
    () => client.call('status', {}),
    ({ positions }) => positions.length === count,
  )
}

/** Asks and settles until `isOver`. @returns how often it was granted */
async function use(client: ApiClient, taskId: number, isOver: () => boolean): Promise<number> {
  for (let granted = 0; ;) {
    const answer = await client.call('acquireCapacity', { task_id: taskId, wait_ms: 500 })
    if (isOver()) return granted + Number(answer.granted)
    if (!answer.granted) continue
    granted += 1
    await client.call('settleCapacity', { grant: answer.grant, used: 1 })
  }
}

const shown = (positions: readonly PositionView[]) =>
  positions.map(({ taskId, position, capacityPct, ratePerMinute }) => [
    taskId,
    position,
    capacityPct,
    ratePerMinute,
  ])
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

/** What §5 of the specification promises, of the daemon as it is installed. */
describe('capacity', () => {
  let fleet: TestFleet
  let client: ApiClient
  let attempts: ClaimedView[]
  let ids: number[]
  const configure = async (settings: string) => {
    await writeFile(
      join(fleet.place.dir, 'jrctl.toml'),
      `state_dir = "state"\n[capacity]\n${settings}\n${workers}`,
    )
    const { changed } = await client.call('reload', {})
    expect(changed).toEqual(['capacity'])
  }
  beforeAll(async () => {
    fleet = await startFleet(workers, '[capacity]\nmode = "strict"')
    client = clientOf(fleet.place)
    attempts = await claim(client, 3)
    ids = attempts.map(({ task }) => task.id)
    await seen(client, 3)
  })
  afterAll(() => fleet.end())

  it("is what the seeds say in strict mode: 50, 25, 12.5 %, and 100, 50, 25 a minute into each task's own bucket", async () => {
    const before = await client.call('status', {})
    expect(shown(before.positions)).toEqual([
      [ids[0], 1, 50, 100],
      [ids[1], 2, 25, 50],
      [ids[2], 3, 12.5, 25],
    ])
    expect(before.positions.map(({ burst, bucket }) => [burst, bucket])).toEqual([
      [200, 'own'],
      [100, 'own'],
      [50, 'own'],
    ])
    const after = await until(
      () => client.call('status', {}),
      ({ daemon }) => daemon.uptimeMs > before.daemon.uptimeMs + 500,
    )
    const minutes = (after.daemon.uptimeMs - before.daemon.uptimeMs) / 60_000
    const filled = after.positions.map(({ tokens }, index) => tokens - (before.positions[index]?.tokens ?? 0))
    expect(filled.map((tokens) => Math.round(tokens / minutes))).toEqual([100, 50, 25])
  })

  it('refuses what is not there with how long it takes, and shows who waits', async () => {
    const third = ids[2] ?? 0
    const refused = await client.call('acquireCapacity', { task_id: third, amount: 50 })
    expect(refused).toMatchObject({ granted: false, reason: 'too_late', position: 3 })
    // As long as it takes to look at it, however busy the machine is.
    const looked = new AbortController()
    const wish = { task_id: third, amount: 1_000, wait_ms: 30_000 }
    const waiting = expect(client.call('acquireCapacity', wish, looked.signal)).rejects.toThrow()
    const status = await until(
      () => client.call('status', {}),
      ({ positions }) => positions[2]?.waiting === 1,
    )
    expect(status.positions[2]?.waitMs).toBeGreaterThan(30_000)
    const why = await fleet.jrctl('why', String(third))
    expect(why.stdout).toMatch(
      /It waits for the LLM's capacity: 1 request, the first for about \d+ (s|min) more;/,
    )
    expect(why.stdout).toContain('position 3 has 12.5 %')
    expect((await fleet.jrctl('status')).stdout).toMatch(
      /^Capacity {2}strict · 200 requests a minute · 1 waiting$/m,
    )
    looked.abort()
    await waiting
    await until(
      () => client.call('status', {}),
      ({ positions }) => positions[2]?.waiting === 0,
    )
    expect(await client.call('acquireCapacity', { ...wish, wait_ms: 1_000 })).toMatchObject({
      granted: false,
      message: expect.stringContaining('within 1 s') as string,
    })
  })

  it('goes to the urgent one at once, and demotes the others', async () => {
    const { code, stdout } = await fleet.jrctl('urgent', String(ids[2]))
    expect([code, stdout]).toEqual([0, `Task ${ids[2]} is urgent: position 1 (50 %, 100 a minute).\n`])
    const { positions } = await client.call('status', {})
    expect(shown(positions)).toEqual([
      [ids[2], 1, 50, 100],
      [ids[0], 2, 25, 50],
      [ids[1], 3, 12.5, 25],
    ])
    await fleet.jrctl('urgent', '--undo', String(ids[2]))
  })

  it('lends what others leave unused, after a reload, and takes no more than the whole', async () => {
    await configure('mode = "lend"\nbase_rate = 600\nburst_minutes = 0.01')
    const before = await client.call('status', {})
    expect(before.capacity).toMatchObject({ mode: 'lend', wholePerMinute: 1200, ratePerMinute: 1200 })
    let isOver = false
    const using = use(client, ids[2] ?? 0, () => isOver)
    const after = await until(
      () => client.call('status', {}),
      ({ daemon }) => daemon.uptimeMs > before.daemon.uptimeMs + 3_000,
    )
    isOver = true
    const minutes = (after.daemon.uptimeMs - before.daemon.uptimeMs + 500) / 60_000
    const granted = await using
    expect(granted).toBeLessThanOrEqual(minutes * 1200 + 12 + 1)
    // Its own share alone would be 150 a minute.
    expect(granted).toBeGreaterThan((minutes * 1200) / 3)
  })

  it('survives kill -9 with its balances, and makes no capacity of it', async () => {
    await configure('mode = "strict"\nbase_rate = 600\nburst_minutes = 0.2')
    const before = await until(
      () => client.call('status', {}),
      ({ positions }) => (positions[0]?.tokens ?? 0) > 40,
    )
    const { pid } = JSON.parse(await readFile(join(fleet.place.dir, 'state/daemon.json'), 'utf8')) as {
      pid: number
    }
    // So that there is something to lose.
    await client.call('acquireCapacity', { task_id: ids[0] ?? 0, amount: 10 })
    const [kept] = (await client.call('status', {})).positions
    process.kill(pid, 'SIGKILL')
    await fleet.daemon.exited
    fleet.daemon = start(fleet.place, ['daemon'])
    await fleet.daemon.said(/ runs, pid/)
    const after = await seen(client, 3)
    const [first] = after.positions
    const perSecond = 600 / 60
    const sinceStart = (after.daemon.uptimeMs / 1000) * perSecond
    expect(first?.taskId).toBe(before.positions[0]?.taskId)
    expect(first?.tokens).toBeLessThanOrEqual((kept?.tokens ?? 0) + sinceStart + perSecond)
    expect(first?.tokens).toBeGreaterThanOrEqual((kept?.tokens ?? 0) - (kept?.burst ?? 0) / 10 - perSecond)
  })

  it('goes up to the next when a task is done, and is refused to that task', async () => {
    const key = attempts[0]?.key ?? ''
    await raw(socketOf(fleet.place), post('/v1/attempts/complete', '{}', [`Authorization: Bearer ${key}`]))
    const { positions } = await seen(client, 2)
    expect(shown(positions)).toEqual([
      [ids[1], 1, 50, 600],
      [ids[2], 2, 25, 300],
    ])
    const refused = client.call('acquireCapacity', { task_id: ids[0] ?? 0 })
    await expect(refused).rejects.toThrow(`Task ${ids[0]} is not in progress on this node`)
  })
})

describe('capacity on two nodes', () => {
  it('is divided by the shares of the tasks that each has, so that together they take no more than the whole', async () => {
    const database = await migratedDatabase()
    const place = await temporaryPlace({ DATABASE_URL: database.url })
    const daemons: Running[] = []
    const node = async (name: string): Promise<ApiClient> => {
      const dir = join(place.dir, name)
      await mkdir(dir)
      const config = join(dir, 'jrctl.toml')
      const capacity = '[capacity]\nbase_rate = 600\nburst_minutes = 0.01'
      await writeFile(config, `state_dir = "state"\n${capacity}\n${workers}`)
      const own = { ...place, dir, env: { ...place.env, JRCTL_CONFIG: config } }
      const daemon = start(own, ['daemon'])
      daemons.push(daemon)
      await daemon.said(/ runs, pid/)
      return clientOf(own)
    }
    try {
      const clients = [await node('one'), await node('two')]
      const ids: number[] = []
      for (const client of clients) ids.push((await claim(client, 1))[0]?.task.id ?? 0)
      const before = await Promise.all(clients.map((client) => seen(client, 2)))
      const rates = before.map(({ capacity }) => capacity?.ratePerMinute ?? 0)
      expect(rates.map(Math.round)).toEqual([800, 400])
      let isOver = false
      const using = clients.map((client, index) => use(client, ids[index] ?? 0, () => isOver))
      const from = before[0]?.daemon.uptimeMs ?? 0
      const [first = clientOf(place)] = clients
      const after = await until(
        () => first.call('status', {}),
        ({ daemon }) => daemon.uptimeMs > from + 3_000,
      )
      isOver = true
      const granted = await Promise.all(using)
      const minutes = (after.daemon.uptimeMs - from + 500) / 60_000
      expect(sum(granted)).toBeLessThanOrEqual(minutes * 1200 + 12 + 2)
      expect(granted[0]).toBeGreaterThan(granted[1] ?? 0)
      const other = await clients[1]?.call('status', {})
      expect(other?.positions.map(({ bucket }) => bucket)).toEqual(['elsewhere', 'common'])
    } finally {
      for (const { child } of daemons) child.kill('SIGTERM')
      await Promise.all(daemons.map(({ exited }) => exited))
      await database.drop()
      await place.remove()
    }
  })
})
