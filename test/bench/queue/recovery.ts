import { setTimeout as sleep } from 'node:timers/promises'
import type { Measured } from '../figure.ts'
import { percentile } from '../figure.ts'
import { scale } from '../scale.ts'
import { jrctlContender } from './ours.ts'
import {
  type Held,
  isHandler,
  jrs,
  leaseMs,
  type RecoveryFleet,
  startRecoveryFleet,
} from './recovery-fleet.ts'
import type { BenchDatabase, BenchServer } from './server.ts'
import { markdownTable, milliseconds } from './tables.ts'

const runningAgainMs = 15_000
const returnedMs = 1_000
/** Workers killed at the same moment. */
const killedAtOnce = 3
const guardedTasks = 2
/** What comes later than this has failed. */
const waitMs = 60_000
const pollMs = 20

interface Kill {
  /** From the kill until the task's handler had begun anew. */
  againMs: number
  /** From the kill until the task was ready again, by the database, whose clock is the machine's. */
  returnedMs: number
  /** The killed worker's handler still lived when the next one began. */
  overlapped: boolean
}

/**
 * Workers are killed with SIGKILL, some of a daemon, some that nobody supervises, three at a time; beside them tasks run on
 * from the first moment to the last, through many leases, and must not be begun a second time.
 */
export async function recovery(server: BenchServer): Promise<Measured> {
  const database = await server.database()
  await jrctlContender('single').prepare(database.url)
  const fleet = await startRecoveryFleet(database)
  try {
    await addTasks(database, jrs.guarded, guardedTasks)
    await atWork(fleet, jrs.guarded, guardedTasks)
    const beganMs = performance.now()
    const supervised = await killAll(database, fleet, jrs.supervised, 0)
    for (let worker = 0; worker < killedAtOnce * 2; worker += 1) fleet.startLone()
    const lone = await killAll(database, fleet, jrs.lone, beganMs + scale.guardSeconds * 1_000)
    const guardedMs = performance.now() - beganMs
    return {
      figures: figures(supervised, lone, guardedMs, await begunOfGuarded(database, fleet)),
      details: details(supervised, lone),
    }
  } finally {
    await fleet.end()
    await database.drop()
  }
}

/** Half of the kills, three at a time; more of them when it is not yet so late. */
async function killAll(
  database: BenchDatabase,
  fleet: RecoveryFleet,
  jr: string,
  untilMs: number,
): Promise<Kill[]> {
  await addTasks(database, jr, killedAtOnce)
  const kills: Kill[] = []
  while (kills.length < scale.kills / 2 || performance.now() < untilMs) {
    const held = await atWork(fleet, jr, killedAtOnce)
    const killed = await Promise.all(held.map((one) => killOne(fleet, one)))
    for (const kill of killed)
      kills.push({ ...kill, returnedMs: (await returnedAt(database, kill)) - kill.atMs })
    if (jr === jrs.lone) held.forEach(() => fleet.startLone())
  }
  return kills
}

interface Killed {
  taskId: number
  /** Epoch milliseconds. */
  atMs: number
  againMs: number
  overlapped: boolean
}

async function killOne(fleet: RecoveryFleet, { taskId, attempt, pid }: Held): Promise<Killed> {
  const before = await fleet.effects()
  const handler = before.find((effect) => effect.taskId === taskId && effect.attempt === attempt)
  const atMs = Date.now()
  process.kill(pid, 'SIGKILL')
  const again = await until(`task ${taskId} running again`, async () =>
    (await fleet.effects()).find((effect) => effect.taskId === taskId && effect.attempt > attempt),
  )
  const overlapped = handler !== undefined && isHandler(handler.pid)
  return { taskId, atMs, againMs: again.atMs - atMs, overlapped }
}

/** When the task was ready again, in epoch milliseconds: the first event since the kill that says so. */
async function returnedAt({ client }: BenchDatabase, { taskId, atMs }: Killed): Promise<number> {
  const { rows } = await client.query<{ ms: number }>(returnedSql, [taskId, new Date(atMs)])
  return rows[0]?.ms ?? Number.NaN
}

const returnedSql = `select extract(epoch from at)::float8 * 1000 as ms from jr_events
  where task_id = $1 and from_status = 'in_progress' and to_status in ('assigned', 'pending') and at >= $2
  order by id limit 1`

/** The tasks at work for a Jr, once all their handlers have begun. */
function atWork(fleet: RecoveryFleet, jr: string, count: number): Promise<Held[]> {
  return until(`${count} tasks of ${jr} at work`, async () => {
    const held = await fleet.held(jr)
    const begun = await fleet.effects()
    const isBegun = (one: Held): boolean =>
      begun.some(({ taskId, attempt }) => taskId === one.taskId && attempt === one.attempt)
    return held.length === count && held.every(isBegun) ? held : undefined
  })
}

async function until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const deadlineMs = performance.now() + waitMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > deadlineMs) throw new Error(`not within ${waitMs} ms: ${what}`)
    await sleep(pollMs)
  }
}

async function addTasks({ client }: BenchDatabase, jr: string, count: number): Promise<void> {
  await client.query(
    `insert into jr_work_queue (title, description, source, created_by, assigned_jr, status, max_attempts)
     select $1 || ' ' || n, '', 'bench', 'bench', $1, 'assigned', 100000 from generate_series(1, $2::int) n`,
    [jr, count],
  )
}

/** How many attempts of the undisturbed tasks were begun, by handlers and by the database. */
async function begunOfGuarded({ client }: BenchDatabase, fleet: RecoveryFleet): Promise<number> {
  const { rows } = await client.query<{ id: number; attempts: number }>(
    `select id::int as id, attempts from jr_work_queue where assigned_jr = $1`,
    [jrs.guarded],
  )
  const ids = new Set(rows.map(({ id }) => id))
  const begun = (await fleet.effects()).filter(({ taskId }) => ids.has(taskId)).length
  return Math.max(
    begun,
    rows.reduce((sum, { attempts }) => sum + attempts, 0),
  )
}

function figures(
  supervised: readonly Kill[],
  lone: readonly Kill[],
  guardedMs: number,
  guardedBegun: number,
) {
  const againMs = [...supervised, ...lone].map((kill) => kill.againMs)
  const p99 = percentile(againMs, 0.99)
  const slowestReturn = Math.max(...supervised.map((kill) => kill.returnedMs))
  const overlaps = supervised.filter(({ overlapped }) => overlapped).length
  const leases = Math.floor(guardedMs / leaseMs)
  const reruns = guardedBegun - guardedTasks
  return [
    {
      what: `SIGKILL of a worker → its task running again, ${againMs.length} kills, leases of ${leaseMs / 1_000} s, p99`,
      measured: `${(p99 / 1_000).toFixed(1)} s`,
      target: `≤ ${runningAgainMs / 1_000} s`,
      met: p99 <= runningAgainMs,
    },
    {
      what: `death seen by the supervisor → task back in the queue, ${supervised.length} kills, slowest`,
      measured: `${milliseconds(slowestReturn)} ms`,
      target: `≤ ${returnedMs} ms`,
      met: slowestReturn <= returnedMs,
    },
    {
      what: `of these, handlers that still ran when the next attempt began`,
      measured: String(overlaps),
      target: '0',
      met: overlaps === 0,
    },
    {
      what: `reruns of ${guardedTasks} tasks that run with live heartbeats through ${leases} leases beside the kills (${leases} minutes with default leases)`,
      measured: String(reruns),
      target: '0',
      met: reruns === 0,
    },
  ]
}

function details(supervised: readonly Kill[], lone: readonly Kill[]): string {
  const row = (name: string, kills: readonly Kill[]): string[] => {
    const all = (of: (kill: Kill) => number): string =>
      [0.5, 0.95, 0.99].map((part) => milliseconds(percentile(kills.map(of), part))).join(' / ')
    return [name, String(kills.length), all((kill) => kill.returnedMs), all((kill) => kill.againMs)]
  }
  return markdownTable(
    ['worker', 'kills', 'back in the queue, p50 / p95 / p99 ms', 'running again, p50 / p95 / p99 ms'],
    [row('of a daemon', supervised), row('unsupervised', lone)],
  )
}
