import { connect } from '../../../src/adapters/postgres/connect.ts'
import { targetOfUrl } from '../../../src/adapters/postgres/connection-target.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import { Secret } from '../../../src/config/policy.ts'
import { jrctlPath, temporaryPlace } from '../../support/jrctl.ts'
import { migrateForTests } from '../../support/migrate.ts'
import type { Contender, Mode } from './contender.ts'
import { startWorker } from './worker-process.ts'

const jr = 'Bench Jr.'
const handler = new URL('stream-handler.mjs', import.meta.url).pathname
/**
 * Tasks that the handler has at hand at once. Claims are made in batches of what is free, so more of them make fewer claims: as
 * many as graphile-worker's local queue holds.
 */
const concurrency = 500
/** As many as the peers' handlers that run at the same time. */
const concurrencyInstalled = 24

/** jrctl through the built bundle: `jrctl work --stream`, leases, fences and outbox on, as always. */
export function jrctlContender(mode: Mode): Contender {
  return {
    name: 'jrctl',
    mode,
    prepare: migrateForTests,
    async enqueuer(url) {
      const queue = createTaskQueue(benchConnection(url))
      const task = (index: number) => ({
        title: `bench ${index}`,
        description: String(index),
        assignedJr: jr,
      })
      return {
        async one(index) {
          await queue.add([task(index)], 'bench')
        },
        async many(indexes) {
          await queue.add(indexes.map(task), 'bench')
        },
        close: () => queue.close(),
      }
    },
    async fillFuture({ client }, rows) {
      await withoutTriggers(client.query.bind(client), () => client.query(futureSql, [rows, jr]))
    },
    async work(url, env) {
      const place = await temporaryPlace()
      const worker = startWorker(
        [
          jrctlPath,
          'work',
          jr,
          '--stream',
          '--concurrency',
          String(mode === 'installed' ? concurrencyInstalled : concurrency),
          '--',
          process.execPath,
          handler,
        ],
        { ...place.env, ...settings[mode], ...env, DATABASE_URL: url },
      )
      return {
        ...worker,
        async stop() {
          await worker.stop()
          await place.remove()
        },
      }
    },
    async left({ client }) {
      const { rows } = await client.query<{ left: number }>(leftSql)
      return rows[0]?.left ?? 0
    },
    async verify({ client }, jobs) {
      // The statistics are of a nearly empty queue: a nested loop over a million rows would take hours.
      await client.query('set enable_nestloop = off')
      const { rows } = await client.query<{ right: number }>(rightSql)
      if (rows[0]?.right !== jobs)
        throw new Error(`${jobs} tasks, ${rows[0]?.right} with one attempt and all events`)
    },
  }
}

/** Peers tell nothing of each job either. */
const quiet = { JRCTL_LOGS_LEVEL: 'warn' }

const settings: Record<Mode, Record<string, string>> = {
  single: { ...quiet, JRCTL_QUEUE_SETTLE_BATCH: '1' },
  batched: { ...quiet, JRCTL_QUEUE_CLAIM_BATCH: String(concurrency) },
  installed: quiet,
}

const leftSql = `select count(*)::int as left from jr_work_queue where status not in ('completed', 'scheduled')`

/** Completed by its one attempt, under its fence; and told to the outbox three times: inserted, claimed, completed. */
const rightSql = `
  with attempt as (
    select task_id, count(*) as all, count(*) filter (where outcome = 'completed') as completed
    from jr_attempts group by task_id
  ), event as (
    select task_id, count(*) as all, max(version) as last from jr_events group by task_id
  )
  select count(*)::int as right from jr_work_queue q
  join attempt on attempt.task_id = q.id join event on event.task_id = q.id
  where q.status = 'completed' and q.attempts = 1 and attempt.all = 1 and attempt.completed = 1
    and event.all = 3 and event.last = 3`

const futureSql = `insert into jr_work_queue (title, description, source, created_by, assigned_jr, status, scheduled_at)
  select 'future', '-1', 'bench', 'bench', $2, 'scheduled', now() + interval '1 day' + n * interval '1 second'
  from generate_series(1, $1::int) n`

/** The rows are what counts here; a million events beside them would only take minutes to write. */
export async function withoutTriggers<T>(
  query: (sql: string) => Promise<unknown>,
  action: () => Promise<T>,
): Promise<void> {
  await query('alter table jr_work_queue disable trigger user')
  await action()
  await query('alter table jr_work_queue enable trigger user')
}

export function benchConnection(url: string): ReturnType<typeof connect> {
  return connect(targetOfUrl(new Secret(url)), {
    poolSize: 4,
    connectTimeoutMs: 5_000,
    statementTimeoutMs: 120_000,
    lockTimeoutMs: 10_000,
    applicationName: 'bench',
  })
}
