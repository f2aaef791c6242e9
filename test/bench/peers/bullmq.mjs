/** BullMQ on its Postgres backend, as its documentation tunes it: docs.bullmq.io/guide/postgresql. */
import { createPostgresBackend, Queue, runMigrations, Worker } from 'bullmq'
import { Client } from 'pg'

const name = 'noop'

/** It has no batched mode: each job is completed, and the next one fetched, by a statement of its own. */
const modes = { single: { concurrency: 24 } }

export async function prepare(url) {
  const client = new Client({ connectionString: url })
  await client.connect()
  await runMigrations(client)
  await client.end()
}

/** "Let retention do its work": finished jobs are removed. */
const options = { removeOnComplete: true }

export async function enqueuer(url) {
  const queue = new Queue(name, { connection: url }, createPostgresBackend)
  return {
    one: (index) => queue.add(name, { index }, options),
    many: (indexes) => queue.addBulk(indexes.map((index) => ({ name, data: { index }, opts: options }))),
    // A pool for a moment's fill: nothing waits for what it holds.
    close: () => queue.close(),
  }
}

/** As many more of one delayed job, which `fillFuture` puts first: its million through addBulk takes minutes. */
export const futureSql = `insert into bullmq.job
  select (jsonb_populate_record(job, jsonb_build_object('id', 'future' || n, 'process_at_ms', job.process_at_ms + n * 1000))).*
  from bullmq.job, generate_series(1, $1::int) n where state = 'delayed'`

export async function oneFuture(url) {
  const queue = new Queue(name, { connection: url }, createPostgresBackend)
  await queue.add(name, { index: -1 }, { ...options, delay: 24 * 60 * 60 * 1000 })
  await queue.close()
}

export const leftSql = `select count(*)::int as left from bullmq.job where state not in ('completed', 'delayed')`

export async function work(url, mode, start) {
  const connection = { connectionString: url, max: 25 }
  const worker = new Worker(
    name,
    async (job) => start(job.data.index),
    { connection, ...modes[mode] },
    createPostgresBackend,
  )
  await worker.waitUntilReady()
  return () => worker.close()
}
