/** pg-boss, as its documentation tunes it: pgboss.io/api/workers, the newest of its options included. */
import { PgBoss } from 'pg-boss'

const queue = 'noop'

/** Workers learn the backlog, by which they leave their poll behind, from statistics that are taken this often. */
const often = { superviseIntervalSeconds: 1, monitorIntervalSeconds: 1, queueCacheIntervalSeconds: 1 }
const polling = { pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 0.5 }

const modes = {
  /** Each completion is a statement of its own; fetches follow one another while there is a backlog. */
  single: { batchSize: 1, localConcurrency: 24, burstWhenReadyExceeds: 1, ...polling },
  /** A batch is fetched and completed as one; fetches follow one another while batches come back full. */
  batched: { batchSize: 500, localConcurrency: 4, burstWhenBatchFull: true, ...polling },
}

async function started(url, options = {}) {
  const boss = new PgBoss({ connectionString: url, schedule: false, useListenNotify: true, ...options })
  boss.on('error', (error) => process.stderr.write(`pg-boss: ${error.message}\n`))
  return boss.start()
}

const stop = (boss) => boss.stop({ graceful: true, close: true })

export async function prepare(url) {
  const boss = await started(url, { supervise: false })
  await boss.createQueue(queue, { notify: true })
  await stop(boss)
}

export async function enqueuer(url) {
  const boss = await started(url, { supervise: false })
  return {
    one: (index) => boss.send(queue, { index }),
    many: (indexes) =>
      boss.insert(
        queue,
        indexes.map((index) => ({ data: { index } })),
      ),
    close: async () => {
      // So that a worker which starts now knows of the backlog at once.
      await boss.supervise(queue)
      await stop(boss)
    },
  }
}

/** A million rows through insert() take minutes; the rows are the same ones. */
export const futureSql = `insert into pgboss.job (name, data, start_after)
  select '${queue}', '{"index":-1}', now() + interval '1 day' + n * interval '1 second' from generate_series(1, $1::int) n`

export const leftSql = `select count(*)::int as left from pgboss.job
  where name = '${queue}' and state <> 'completed' and start_after < now() + interval '1 hour'`

export async function work(url, mode, start) {
  const boss = await started(url, { ...often, max: 25 })
  await boss.work(queue, modes[mode], async (jobs) => {
    for (const { data } of jobs) start(data.index)
  })
  return () => stop(boss)
}
