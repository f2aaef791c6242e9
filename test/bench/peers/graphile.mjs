/** graphile-worker, as its documentation tunes it: worker.graphile.org/docs/performance and /docs/library/run. */
import { Logger, makeWorkerUtils, run } from 'graphile-worker'

const task = 'noop'
const silent = new Logger(() => () => {})

const modes = {
  /** Each completion is a statement of its own. */
  single: { concurrentJobs: 24, maxPoolSize: 25 },
  /** The local queue fetches 500 at once; completions are gathered into batches. */
  batched: {
    concurrentJobs: 24,
    maxPoolSize: 25,
    localQueue: { size: 500 },
    completeJobBatchDelay: 0,
    failJobBatchDelay: 0,
  },
}

const utils = (url) => makeWorkerUtils({ connectionString: url, logger: silent })

export async function prepare(url) {
  const made = await utils(url)
  await made.migrate()
  await made.release()
}

export async function enqueuer(url) {
  const made = await utils(url)
  return {
    one: (index) => made.addJob(task, { index }),
    many: (indexes) => made.addJobs(indexes.map((index) => ({ identifier: task, payload: { index } }))),
    close: () => made.release(),
  }
}

/** A million rows through addJobs take minutes; the rows are the same ones. */
export const futureSql = `with known as (
    insert into graphile_worker._private_tasks (identifier) values ('${task}')
    on conflict (identifier) do update set identifier = excluded.identifier returning id)
  insert into graphile_worker._private_jobs (task_id, payload, run_at)
  select known.id, '{"index":-1}', now() + interval '1 day' + n * interval '1 second' from known, generate_series(1, $1::int) n`

/** Finished jobs are deleted. */
export const leftSql = `select count(*)::int as left from graphile_worker._private_jobs where run_at < now() + interval '1 hour'`

export async function work(url, mode, start) {
  const runner = await run({
    preset: { worker: { connectionString: url, logger: silent, ...modes[mode] } },
    taskList: { [task]: ({ index }) => start(index) },
    noHandleSignals: true,
  })
  return () => runner.stop()
}
