import type { Database } from '../../../src/adapters/postgres/connect.ts'
import { look } from '../../../src/adapters/postgres/sql/cycle/look.ts'
import { periodsMs } from '../../../src/domain/cycle/rules/periods.ts'
import { migrateForTests } from '../../support/migrate.ts'
import { type Measured, median, percentile } from '../figure.ts'
import { benchConnection } from '../queue/ours.ts'
import type { BenchDatabase, BenchServer } from '../queue/server.ts'
import { markdownTable, milliseconds } from '../queue/tables.ts'
import { scale } from '../scale.ts'

const looks = 200
const warmUp = 20
const waiting = Math.min(100_000, scale.rows)
const small = Math.min(10_000, scale.rows)
const p95Ms = 20
const timesAtMost = 2

interface Place {
  what: string
  database: BenchDatabase
  db: Database
  tookMs: number[]
  cpuMs: number
}

/** One look at the queue, as every pass of the cycle takes it: does it cost more with a history? The places take turns. */
export async function measureLooks(server: BenchServer): Promise<Measured> {
  const places = [
    await open(server, 'nothing in the queue', 0, 0),
    await open(server, `${inWords(small)} finished, ${inWords(waiting)} waiting`, small, waiting),
    await open(server, `${inWords(scale.rows)} finished, ${inWords(waiting)} waiting`, scale.rows, waiting),
  ]
  for (const place of places) await lookOften(place, warmUp)
  for (const place of places) Object.assign(place, { tookMs: [], cpuMs: 0 })
  for (let round = 0; round < looks; round += 1) for (const place of places) await lookOften(place, 1)
  for (const { db, database } of places) {
    await db.close()
    await database.drop()
  }
  const [, short, long] = places.map(({ tookMs }) => percentile(tookMs, 0.95))
  const ratio = (long ?? Number.NaN) / (short ?? Number.NaN)
  return {
    figures: [
      {
        what: `a look at the queue with ${inWords(scale.rows)} finished and ${inWords(waiting)} waiting tasks, p95`,
        measured: `${milliseconds(long ?? Number.NaN)} ms`,
        target: `≤ ${p95Ms} ms`,
        met: (long ?? Number.NaN) <= p95Ms,
      },
      {
        what: `the same, against ${inWords(small)} finished`,
        measured: `${ratio.toFixed(2)} × (${milliseconds(short ?? Number.NaN)} ms)`,
        target: `≤ ${timesAtMost} ×`,
        met: ratio <= timesAtMost,
      },
    ],
    details: markdownTable(
      ['a look at', 'p50 ms', 'p95 ms', 'p99 ms', 'CPU of the asking process, ms'],
      places.map(({ what, tookMs, cpuMs }) => [
        what,
        milliseconds(median(tookMs)),
        milliseconds(percentile(tookMs, 0.95)),
        milliseconds(percentile(tookMs, 0.99)),
        (cpuMs / tookMs.length).toFixed(2),
      ]),
    ),
  }
}

async function open(server: BenchServer, what: string, finished: number, ready: number): Promise<Place> {
  const database = await server.database()
  await migrateForTests(database.url)
  await fill(database, finishedSql, finished)
  await fill(database, waitingSql, ready)
  await database.client.query(besideSql)
  await database.settle()
  return { what, database, db: benchConnection(database.url), tookMs: [], cpuMs: 0 }
}

const partRows = 50_000

/** With the triggers, which keep the counts; in parts, as a history grows. */
async function fill({ client }: BenchDatabase, sql: string, rows: number): Promise<void> {
  for (let filled = 0; filled < rows; filled += partRows)
    await client.query(sql, [Math.min(partRows, rows - filled)])
}

async function lookOften(place: Place, times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    const cpu = process.cpuUsage()
    const startMs = performance.now()
    await look(place.db, { offlineAfterMs: 300_000, periodsMs })
    place.tookMs.push(performance.now() - startMs)
    const { user, system } = process.cpuUsage(cpu)
    place.cpuMs += (user + system) / 1_000
  }
}

/** A twentieth died, a fifth had a channel, all of it days ago. */
const finishedSql = `insert into jr_work_queue (title, description, source, created_by, status, completed_at, created_at, channel, score)
  select 'bench', '', 'bench', 'bench', case when n % 20 = 0 then 'failed' else 'completed' end, now() - interval '2 days',
    now() - interval '3 days', case when n % 5 = 0 then 'instagram' end, case when n % 5 = 0 then n % 100 end
  from generate_series(1, $1::int) n`

const waitingSql = `insert into jr_work_queue (title, description, source, created_by, status, assigned_jr, priority,
    created_at, scheduled_at, channel, score, campaign_id)
  select 'bench', '', 'bench', 'bench', case when n % 5 = 0 then 'scheduled' when n % 6 = 0 then 'pending' else 'assigned' end,
    case when n % 6 <> 0 then 'Bench ' || n % 7 || ' Jr.' end, n % 10, now() - n * interval '1 second',
    case when n % 5 = 0 then now() + interval '1 day' end, (array['instagram', 'tiktok', 'youtube', null, null])[1 + n % 5],
    case when n % 3 = 0 then n % 100 end, case when n % 4 = 0 then n % 8 end
  from generate_series(1, $1::int) n`

const besideSql = `
  insert into jr_status select 'Bench ' || n || ' Jr.', 'busy', true, now(), n from generate_series(0, 6) n;
  insert into jr_campaigns (name, status, budget) select 'campaign ' || n, 'active', 100 * n from generate_series(1, 8) n;
  insert into jr_task_actions select n, 'force_run', now(), 'd', 1 from generate_series(1, 1000) n;
  insert into jr_failures select n, now() - n * interval '1 second', n % 2 = 0 from generate_series(1, 20000) n`

const inWords = (rows: number): string => rows.toLocaleString('en-US')
