import { claim } from '../../../src/adapters/postgres/sql/claim.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import { instanceId, jrName, nodeId } from '../../../src/domain/ids.ts'
import type { AttemptQueue, ClaimRequest } from '../../../src/ports/task-queue.ts'
import type { Figure, Measured } from '../figure.ts'
import { percentile } from '../figure.ts'
import { scale } from '../scale.ts'
import { benchConnection, jrctlContender, withoutTriggers } from './ours.ts'
import type { BenchDatabase, BenchServer } from './server.ts'
import { markdownTable, milliseconds } from './tables.ts'

/** The small queue has no more to give. */
const claimsCounted = 900
const smallRows = 1_000
const timesAtMost = 1.5

/**
 * What a claim costs in a queue that is nearly empty, and in one with a backlog and a history; by the adapter, one task a claim.
 * Both databases are there at once and take turns, so that the machine's moods are shared.
 */
export async function claims(server: BenchServer): Promise<Measured> {
  const small = await filled(server, smallRows)
  const large = await filled(server, scale.rows)
  const [smallQueue, largeQueue] = [small, large].map(({ url }) => createTaskQueue(benchConnection(url)))
  if (smallQueue === undefined || largeQueue === undefined) throw new Error('no queue')
  const smallMs: number[] = []
  const largeMs: number[] = []
  // The first ones of a session plan the statement.
  for (let warmUp = 0; warmUp < 20; warmUp += 1)
    await Promise.all([claimOnce(smallQueue), claimOnce(largeQueue)])
  for (let count = 0; count < claimsCounted; count += 1) {
    smallMs.push(await claimOnce(smallQueue))
    largeMs.push(await claimOnce(largeQueue))
  }
  const sorts = await rowsSorted(large)
  await Promise.all([smallQueue.close(), largeQueue.close()])
  await Promise.all([small.drop(), large.drop()])
  return { figures: figures(smallMs, largeMs, sorts), details: details(smallMs, largeMs) }
}

function figures(smallMs: readonly number[], largeMs: readonly number[], sorts: number): Figure[] {
  const ratio = percentile(largeMs, 0.99) / percentile(smallMs, 0.99)
  const rows = scale.rows.toLocaleString('en-US')
  return [
    {
      what: `claim p99 with ${rows} pending and ${rows} finished rows, against ${smallRows.toLocaleString('en-US')} of each`,
      measured: `${ratio.toFixed(2)} ×`,
      target: `≤ ${timesAtMost} ×`,
      met: ratio <= timesAtMost,
    },
    {
      what: `most rows sorted by one claim in the large queue (EXPLAIN ANALYZE)`,
      measured: String(sorts),
      // The heads of a Jr's own line and of the unassigned one, urgent and not: four at most, never the backlog.
      target: '≤ 4',
      met: sorts <= 4,
    },
  ]
}

function details(smallMs: readonly number[], largeMs: readonly number[]): string {
  const row = (name: string, values: readonly number[]): string[] => [
    name,
    ...[0.5, 0.95, 0.99].map((part) => milliseconds(percentile(values, part))),
  ]
  return markdownTable(
    ['rows pending and finished', 'p50 ms', 'p95 ms', 'p99 ms'],
    [row(smallRows.toLocaleString('en-US'), smallMs), row(scale.rows.toLocaleString('en-US'), largeMs)],
  )
}

const jr = 'Bench Jr.'

async function filled(server: BenchServer, rows: number): Promise<BenchDatabase> {
  const database = await server.database()
  await jrctlContender('single').prepare(database.url)
  const { client } = database
  await withoutTriggers(
    (sql) => client.query(sql),
    async () => {
      for (const status of ['completed', 'assigned']) await client.query(fillSql, [rows, jr, status])
      await client.query(historySql)
    },
  )
  await database.settle()
  return database
}

const fillSql = `insert into jr_work_queue (title, description, source, created_by, assigned_jr, status, priority, completed_at)
  select 'bench', '', 'bench', 'bench', $2, $3, n % 10, case when $3 = 'completed' then now() end
  from generate_series(1, $1::int) n`

/** What finished tasks leave behind. */
const historySql = `insert into jr_attempts
    (task_id, attempt, jr_name, instance_id, node_id, key_hash, took_unassigned, lease_expires_at, ended_at, outcome)
  select id, 1, assigned_jr, 'bench', 'bench', 'bench', false, now(), now(), 'completed'
  from jr_work_queue where status = 'completed'`

const request: ClaimRequest = {
  jrNames: [jrName(jr)],
  acceptUnassigned: true,
  instanceId: instanceId('bench'),
  nodeId: nodeId('bench'),
  leaseMs: 60_000,
  keyHashes: ['0'.repeat(64)],
}

async function claimOnce(queue: AttemptQueue): Promise<number> {
  const startMs = performance.now()
  const claimed = await queue.claim(request)
  const tookMs = performance.now() - startMs
  if (claimed.length !== 1) throw new Error(`a claim took ${claimed.length} tasks`)
  return tookMs
}

interface PlanNode {
  'Node Type': string
  'Actual Rows': number
  Plans?: PlanNode[]
}

/** The most rows that any Sort of a claim's plan was given. */
async function rowsSorted({ client }: BenchDatabase): Promise<number> {
  let sorted = Number.NaN
  await claim({ query: explained }, request)
  return sorted

  async function explained<Row extends object>(
    text: string,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
      `explain (analyze, format json) ${text}`,
      [...values],
    )
    const plan = rows[0]?.['QUERY PLAN'][0].Plan
    if (plan !== undefined) sorted = mostSorted(plan)
    return []
  }
}

function mostSorted(node: PlanNode): number {
  const own = node['Node Type'].includes('Sort')
    ? Math.max(...(node.Plans ?? []).map((below) => below['Actual Rows']))
    : 0
  return Math.max(own, ...(node.Plans ?? []).map(mostSorted))
}
