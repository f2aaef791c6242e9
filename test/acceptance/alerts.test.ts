import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StatusView } from '../../src/contract/views.ts'
import { startReceiver, type Receiver } from '../adapters/alerts/receiver.ts'
import { jrctl, start, temporaryPlace, type Place, type Running } from '../support/jrctl.ts'
import { migratedDatabase, type TestDatabase } from '../support/postgres.ts'

interface Told {
  id: string
  key: string
  change: string
  node: string
  summary: string
}

/** Spec §11: alerts on transitions, by two nodes of one fleet. */
describe('alerts', () => {
  let database: TestDatabase
  let receiver: Receiver
  let sql: Client
  const nodes: { place: Place; daemon: Running }[] = []

  const config = `state_dir = "state"
[api]
listen = ""
[supervisor]
backoff_initial = "50ms"
breaker_failures = 2
[[alerts]]
name = "ops"
url_env = "HOOK"
min_interval = "0s"
[[workers]]
name = "Crash Jr."
command = ["sh", "-c", "exit 3"]
`

  async function begin(place: Place): Promise<Running> {
    const daemon = start(place, ['daemon'])
    await daemon.said(/ runs, pid/)
    return daemon
  }

  beforeAll(async () => {
    database = await migratedDatabase()
    receiver = await startReceiver()
    sql = new Client({ connectionString: database.url })
    await sql.connect()
    for (let node = 0; node < 2; node++) {
      const place = await temporaryPlace({ DATABASE_URL: database.url, HOOK: receiver.url })
      await writeFile(join(place.dir, 'jrctl.toml'), config)
      nodes.push({ place, daemon: await begin(place) })
    }
  })

  afterAll(async () => {
    for (const { place, daemon } of nodes) {
      daemon.child.kill('SIGTERM')
      await daemon.exited
      await place.remove()
    }
    await sql.end()
    await receiver.close()
    await database.drop()
  })

  const told = (): Told[] => receiver.received.map(({ body }) => JSON.parse(body) as Told)
  const of = (key: string): Told[] => told().filter((one) => one.key === key)
  const toldOf = (key: string, count: number): Promise<void> =>
    expect.poll(() => of(key).length, { timeout: 60_000, interval: 50 }).toBe(count)

  it('tell of an open breaker on the node that it is on', async () => {
    await toldOf('breaker:Crash Jr.', 2)
    expect(new Set(of('breaker:Crash Jr.').map(({ node }) => node)).size).toBe(2)
    expect(of('breaker:Crash Jr.')[0]).toMatchObject({ change: 'raised' })
  })

  it('tell of a dead task once, although both nodes see it', async () => {
    await sql.query(
      `insert into jr_work_queue (title, assigned_jr, status, started_at) values ('t', 'x', 'in_progress', now())`,
    )
    await sql.query(`update jr_work_queue set status = 'failed', error = 'by plain SQL'`)
    await toldOf('dead_letter', 1)
    // Both have read the event when both ledgers have it.
    for (const { place } of nodes)
      await expect
        .poll(async () => (await jrctl(place, ['ledger', '--type', 'task.status_changed'])).stdout, {
          timeout: 60_000,
          interval: 100,
        })
        .toContain('to failed')
    expect(of('dead_letter')).toMatchObject([{ summary: 'task 1 of x is dead: by plain SQL' }])
  })

  it('outlive a daemon that was killed before anybody took them, under the same name', async () => {
    receiver.answers((response) => response.writeHead(500).end())
    const [node] = nodes
    if (node === undefined) throw new Error('no node')
    const before = receiver.received.length
    await jrctl(node.place, ['workers', 'start', 'Crash Jr.'])
    await expect
      .poll(() => receiver.received.length, { timeout: 60_000, interval: 50 })
      .toBeGreaterThan(before)
    const [refused] = told().slice(before)
    // What it keeps is written down within a fifth of a second; the next try is a second away.
    await expect
      .poll(async () => (await jrctl(node.place, ['status', '--json'])).stdout, {
        timeout: 60_000,
        interval: 100,
      })
      .toContain('alerts do not reach ops')
    node.daemon.child.kill('SIGKILL')
    await node.daemon.exited
    receiver.answers((response) => response.end())
    const told500 = receiver.received.length
    node.daemon = await begin(node.place)
    await expect
      .poll(
        () =>
          told()
            .slice(told500)
            .map(({ id }) => id),
        { timeout: 60_000, interval: 50 },
      )
      .toContain(refused?.id)
  })

  it('tell of the leader that follows one who was killed', async () => {
    const { rows } = await sql.query<{ node_id: string }>('select node_id from jr_leader')
    const nodeOf = async ({ place }: { place: Place }): Promise<string> => {
      const { stdout } = await jrctl(place, ['status', '--json'])
      return (JSON.parse(stdout) as StatusView).daemon.nodeId
    }
    const names = await Promise.all(nodes.map(nodeOf))
    const leader = nodes[names.indexOf(rows[0]?.node_id ?? '')]
    if (leader === undefined) throw new Error('nobody leads')
    leader.daemon.child.kill('SIGKILL')
    await leader.daemon.exited
    const before = of('leader').length
    await toldOf('leader', before + 1)
    expect(of('leader').at(-1)).toMatchObject({
      change: 'told',
      summary: expect.stringContaining('leads the fleet') as string,
    })
    leader.daemon = await begin(leader.place)
  })
})
