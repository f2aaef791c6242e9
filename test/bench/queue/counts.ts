import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import type { OperatorQueue } from '../../../src/ports/task-queue.ts'
import type { Measured } from '../figure.ts'
import { median } from '../figure.ts'
import { scale } from '../scale.ts'
import { benchConnection, jrctlContender } from './ours.ts'
import type { BenchServer } from './server.ts'
import { milliseconds } from './tables.ts'

const calls = 50
const timesAtMost = 3

/** `counts()`, which `jrctl status`, the screens and the metrics ask all the time, with and without a history. */
export async function counts(server: BenchServer): Promise<Measured> {
  const database = await server.database()
  await jrctlContender('single').prepare(database.url)
  const queue = createTaskQueue(benchConnection(database.url))
  const emptyMs = await medianMs(queue)
  // With the triggers, which keep the counts; in parts, as a history grows.
  for (let rows = 0; rows < scale.rows; rows += partRows) {
    await database.client.query(historySql, [Math.min(partRows, scale.rows - rows)])
  }
  for (let change = 0; change < smallChanges; change += 1) await database.client.query(changeSql)
  await database.settle()
  const counted = (await queue.counts()).byStatus.completed
  if (counted !== scale.rows) throw new Error(`${scale.rows} finished tasks are counted as ${counted}`)
  const fullMs = await medianMs(queue)
  await queue.close()
  await database.drop()
  const ratio = fullMs / emptyMs
  return {
    figures: [
      {
        what: `counts by status with ${scale.rows.toLocaleString('en-US')} finished tasks, against an empty queue`,
        measured: `${ratio.toFixed(2)} × (${milliseconds(fullMs)} against ${milliseconds(emptyMs)} ms)`,
        target: `≤ ${timesAtMost} ×`,
        met: ratio <= timesAtMost,
      },
    ],
  }
}

const partRows = 50_000
/** And statements of one row, as daily life brings them: each leaves its mark on what is counted. */
const smallChanges = 5_000
const changeSql = `update jr_work_queue set priority = 1 - priority, status = case status when 'completed' then 'failed' else 'completed' end
  where id = (select min(id) from jr_work_queue)`

const historySql = `insert into jr_work_queue (title, description, source, created_by, status, completed_at)
  select 'bench', '', 'bench', 'bench', 'completed', now() from generate_series(1, $1::int)`

async function medianMs(queue: OperatorQueue): Promise<number> {
  const tookMs: number[] = []
  for (let call = 0; call < calls; call += 1) {
    const startMs = performance.now()
    await queue.counts()
    tookMs.push(performance.now() - startMs)
  }
  return median(tookMs)
}
