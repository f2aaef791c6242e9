import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { StatusView } from '../../src/contract/views.ts'
import { type Place, type Running, jrctl, start, temporaryPlace } from '../support/jrctl.ts'
import { type TestDatabase, migratedDatabase } from '../support/postgres.ts'
import { atOnceMs, scripted, until } from './fleet.ts'

interface Node {
  daemon: Running
  place: Place
}

let database: TestDatabase
let place: Place
let sql: Client
let nodes: Node[]

beforeEach(async () => {
  database = await migratedDatabase()
  place = await temporaryPlace({ DATABASE_URL: database.url })
  sql = new Client({ connectionString: database.url })
  await sql.connect()
  nodes = []
})

afterEach(async () => {
  for (const { daemon } of nodes) {
    daemon.child.kill('SIGCONT')
    daemon.child.kill('SIGTERM')
  }
  await Promise.all(nodes.map(({ daemon }) => daemon.exited))
  await sql.end()
  await database.drop()
  await place.remove()
})

/** A daemon with a state directory of its own on the common database. */
async function startNode(name: string, workers: string): Promise<Node> {
  const dir = join(place.dir, name)
  await mkdir(dir)
  const config = join(dir, 'jrctl.toml')
  await writeFile(
    config,
    `state_dir = "state"\n[queue]\nlease = "4s"\nrenew_interval = "1s"\n[shutdown]\nfinish_grace = "1s"\n${workers}`,
  )
  const own = { ...place, dir, env: { ...place.env, JRCTL_CONFIG: config } }
  const daemon = start(own, ['daemon'])
  await daemon.said(/ runs, pid/)
  const node = { daemon, place: own }
  nodes.push(node)
  return node
}

async function statusOf(node: Node): Promise<StatusView> {
  const { stdout } = await jrctl(node.place, ['status', '--json'])
  return JSON.parse(stdout) as StatusView
}

interface Leader {
  node: string
  term: number
  expired: boolean
}

async function leader(): Promise<Leader | undefined> {
  const { rows } = await sql.query<Leader>(
    `select node_id as node, term::int as term, expires_at <= clock_timestamp() as expired from jr_leader`,
  )
  return rows[0]
}

async function add(count: number): Promise<void> {
  await sql.query(
    `insert into jr_work_queue (title, description, source, created_by)
     select 'task ' || n, 'x', 'test', 'test' from generate_series(1, $1::int) n`,
    [count],
  )
}

const finished = async () => {
  const { rows } = await sql.query<{ done: number; all: number }>(
    `select count(*) filter (where status = 'completed')::int as done, count(*)::int as all from jr_work_queue`,
  )
  return rows[0]
}

/** Until the daemon's log says it. */
async function told(node: Node, what: RegExp): Promise<void> {
  await until(
    async () => (await jrctl(node.place, ['logs'])).stdout,
    (lines) => what.test(lines),
  )
}

it('two daemons share the work under one leader; a dead one is followed, and nothing is done twice', async () => {
  const effects = join(place.dir, 'effects')
  await writeFile(effects, '')
  const work = (name: string) => scripted(name, `sleep 0.02; echo "$JR_TASK_ID" >> ${effects}`)
  const first = await startNode('first', work('First Jr.') + work('Common Jr.'))
  const before = await until(leader, (held) => held !== undefined)
  const second = await startNode('second', work('Second Jr.') + work('Common Jr.'))
  await until(
    async () => (await statusOf(second)).cluster?.onlineJrs,
    (online) => online === 3,
  )
  await add(60)
  // All of them were given out by the leader: these workers claim nothing unassigned.
  await until(finished, (at) => at !== undefined && at.done > 20)

  first.daemon.child.kill('SIGKILL')
  const killedAt = performance.now()
  await until(leader, (held) => held?.term === (before?.term ?? 0) + 1)
  expect(performance.now() - killedAt).toBeLessThan(15_000)
  expect((await leader())?.node).not.toBe(before?.node)

  await add(20)
  await until(finished, (at) => at?.done === at?.all)
  const ids = (await readFile(effects, 'utf8')).trim().split('\n').map(Number)
  expect(ids.sort((one, other) => one - other)).toEqual(Array.from({ length: 80 }, (_, index) => index + 1))
  const { rows: signed } = await sql.query<{ actor: string }>(
    `select distinct actor from jr_events where changes ? 'assigned_jr' and kind = 'updated' order by actor`,
  )
  expect(signed.map(({ actor }) => actor.replace(/:.*/, ''))).toEqual(['leader', 'leader'])

  const status = await statusOf(second)
  expect(status.cluster).toMatchObject({ leader: { term: (before?.term ?? 0) + 1 }, unassigned: 0 })
  const shown = await jrctl(second.place, ['status'])
  expect(shown.stdout).toMatch(/Fleet +led by .*\(this node\)/)

  // The killed daemon's workers live on; the next one on its state adopts them, and follows.
  const again = start(first.place, ['daemon'])
  nodes[0] = { ...first, daemon: again }
  await again.said(/ runs, pid/)
  expect((await leader())?.term).toBe((before?.term ?? 0) + 1)
})

it('a resigning leader is followed at once; a stopped one comes back to nothing to say', async () => {
  const first = await startNode('first', scripted('First Jr.', 'true'))
  const one = await until(leader, (held) => held !== undefined)
  const second = await startNode('second', scripted('Second Jr.', 'true'))
  await until(
    async () => (await statusOf(second)).cluster?.onlineJrs,
    (online) => online === 2,
  )
  first.daemon.child.kill('SIGTERM')
  await until(leader, (held) => held?.expired === true || held?.term !== one?.term)
  const resignedAt = performance.now()
  await until(leader, (held) => held?.term === (one?.term ?? 0) + 1)
  // Its lease would have run for twelve seconds.
  expect(performance.now() - resignedAt).toBeLessThan(atOnceMs)
  await first.daemon.exited

  const third = await startNode('third', scripted('Third Jr.', 'true'))
  second.daemon.child.kill('SIGSTOP')
  const stoppedAt = performance.now()
  const three = await until(leader, (held) => held?.term === (one?.term ?? 0) + 2)
  expect(performance.now() - stoppedAt).toBeLessThan(15_000)
  second.daemon.child.kill('SIGCONT')
  // It says itself that it has lost the lease, and the third goes on leading.
  await until(
    async () => (await jrctl(second.place, ['ledger', '--type', 'cluster.*'])).stdout,
    (lines) => lines.includes('leads no more'),
  )
  expect(await leader()).toMatchObject({ node: three?.node, term: three?.term })
  expect((await statusOf(third)).cluster?.leader?.nodeId).toBe(three?.node)
})

it('tasks wait while nobody is online or accepts them, which is said', async () => {
  const node = await startNode(
    'only',
    // It would claim what is unassigned; stating what it accepts, it leaves that to the leader.
    scripted('Picky Jr.', 'true', `accepts = { tags = ["code"], when = "priority <= 3" }`).replace(
      '"--no-unassigned", ',
      '',
    ),
  )
  await sql.query(
    `insert into jr_work_queue (title, tags, priority) values ('no', '{text}', 1), ('no', '{code}', 9), ('yes', '{code}', 1)`,
  )
  const { rows } = await until(
    () => sql.query<{ title: string; status: string }>(`select title, status from jr_work_queue order by id`),
    ({ rows: all }) => all[2]?.status === 'completed',
  )
  expect(rows.map(({ status }) => status)).toEqual(['pending', 'pending', 'completed'])
  await told(node, /none of those online accepts them/)
  await jrctl(node.place, ['workers', 'stop', 'Picky Jr.'])
  await told(node, /2 tasks wait without a Jr, and no Jr is online/)
  expect((await jrctl(node.place, ['status'])).stdout).toContain('2 tasks without a Jr, and no Jr is online')
})
