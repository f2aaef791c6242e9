import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { StatusView } from '../../../src/contract/views.ts'
import { jrctl, type Place, start, temporaryPlace } from '../../support/jrctl.ts'
import { migrateForTests } from '../../support/migrate.ts'
import type { BenchServer } from '../queue/server.ts'

export const tasks = { all: 10_000, atWork: 200 }
export const workers = 200
const jrs = ['Software Engineer Jr.', 'Research Jr.', 'Infrastructure Jr.', 'it_triad_jr']
/** Of those at work, each second. */
const progressing = 20
const startTimeoutMs = 60_000

/** A real daemon over a real PostgreSQL; its workers are `sleep`s, the changes of its tasks plain SQL. */
export interface BusyFleet {
  place: Place
  pid: number
  status(): Promise<StatusView>
  /** What happens in a second: some tasks get on, one ends, and the next one begins. */
  change(): Promise<void>
  end(): Promise<void>
}

export async function startBusyFleet(server: BenchServer): Promise<BusyFleet> {
  const database = await server.database()
  await migrateForTests(database.url)
  const { client } = database
  await client.query(fillSql, [jrs, tasks.all, tasks.atWork])
  await client.query(startSql, [tasks.atWork])
  const place = await temporaryPlace({ DATABASE_URL: database.url })
  await writeFile(join(place.dir, 'jrctl.toml'), `state_dir = "state"\n${jrs.map(workerTable).join('')}`)
  const daemon = start(place, ['daemon'])
  await daemon.said(/ runs, pid/)
  const status = async (): Promise<StatusView> => {
    const { code, stdout, stderr } = await jrctl(place, ['status', '--json'])
    if (code !== 0) throw new Error(`jrctl status: ${stderr}`)
    return JSON.parse(stdout) as StatusView
  }
  const first = await untilAtWork(status)
  return {
    place,
    pid: first.daemon.pid,
    status,
    async change() {
      await client.query(progressSql, [progressing])
      await client.query(endSql)
      await client.query(startSql, [1])
    },
    async end() {
      daemon.child.kill('SIGTERM')
      await daemon.exited
      await database.drop()
      await place.remove()
    },
  }
}

/** More of them are done than wait, as in a queue that lives. */
const fillSql = `
  INSERT INTO jr_work_queue (title, assigned_jr, status, priority)
  SELECT 'Read document ' || i || ' and write a report of what is new in it', ($1::text[])[1 + i % 4],
         CASE WHEN i % 2 = 0 THEN 'assigned' WHEN i % 50 = 1 THEN 'failed' ELSE 'completed' END, 1 + i % 9
  FROM generate_series(1, $2::int) AS i
  WHERE $3::int > 0`

const startSql = `
  UPDATE jr_work_queue SET status = 'in_progress', started_at = now()
  WHERE id IN (SELECT id FROM jr_work_queue WHERE status = 'assigned' ORDER BY id LIMIT $1)`

const progressSql = `
  UPDATE jr_work_queue SET progress_percent = (progress_percent + 3) % 100
  WHERE id IN (SELECT id FROM jr_work_queue WHERE status = 'in_progress' ORDER BY random() LIMIT $1)`

const endSql = `
  UPDATE jr_work_queue SET status = 'completed', progress_percent = 100
  WHERE id = (SELECT id FROM jr_work_queue WHERE status = 'in_progress' ORDER BY random() LIMIT 1)`

function workerTable(name: string): string {
  return `
[[workers]]
name = ${JSON.stringify(name)}
command = ["sleep", "86400"]
instances = ${workers / jrs.length}
stop_grace = "1s"
`
}

async function untilAtWork(status: () => Promise<StatusView>): Promise<StatusView> {
  const deadline = performance.now() + startTimeoutMs
  for (;;) {
    const seen = await status()
    const running = seen.workers.filter(({ state }) => state === 'running').length
    if (running === workers && seen.positions.length === tasks.atWork) return seen
    if (performance.now() > deadline)
      throw new Error(`the fleet did not come up: ${running} workers, ${seen.positions.length} positions`)
  }
}
