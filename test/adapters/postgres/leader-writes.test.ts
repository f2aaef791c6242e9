import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createClaimHolds } from '../../../src/adapters/postgres/claim-holds.ts'
import { createClusterDuties } from '../../../src/adapters/postgres/cluster-duties.ts'
import { createLeadership } from '../../../src/adapters/postgres/leadership.ts'
import { createNodes } from '../../../src/adapters/postgres/nodes.ts'
import { statement as assignStatement } from '../../../src/adapters/postgres/sql/assign.ts'
import { statement as unassignedStatement } from '../../../src/adapters/postgres/sql/unassigned.ts'
import { lead } from '../../../src/adapters/postgres/sql/under-mandate.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import { instanceId, jrName, nodeId, taskId } from '../../../src/domain/ids.ts'
import type { Mandate } from '../../../src/ports/leadership.ts'
import { connectTo, queueDatabase, type QueueDatabase } from './support/queue-database.ts'
import { shiftPast } from './support/shift-past.ts'
import { until } from './support/until.ts'

const leaseMs = 12_000

let database: QueueDatabase
beforeAll(async () => {
  database = await queueDatabase()
})
beforeEach(() =>
  database.db
    .query(`truncate jr_work_queue, jr_events, jr_attempts, jr_task_state, jr_task_counts, jr_nodes, jr_leader
    restart identity`),
)
afterAll(() => database.dispose())

async function reign(node: string, lease = leaseMs): Promise<Mandate> {
  const member = await createNodes(database.db).join({ nodeId: nodeId(node), host: 'machine', version: '1' })
  const campaign = await createLeadership(database.db).campaign(member, lease)
  if (campaign.kind !== 'leading') throw new Error(`${campaign.leader} leads`)
  return campaign.mandate
}

async function addTask(): Promise<number> {
  const [row] = await database.db.query<{ id: number }>(
    `insert into jr_work_queue (title, description, source, created_by) values ('a', 'b', 'c', 'd') returning id`,
  )
  return row?.id ?? 0
}

const assigned = async (id: number) =>
  (
    await database.db.query<{ jr: string | null }>(
      `select assigned_jr as jr from jr_work_queue where id = $1`,
      [id],
    )
  )[0]?.jr

describe('the write of a leader that was stopped past its lease', () => {
  const values = (mandate: Mandate, id: number) => [
    mandate.nodeId,
    mandate.epoch,
    mandate.term,
    'leader',
    [id],
    ['New Jr.'],
  ]

  it('changes nothing', async () => {
    const id = await addTask()
    const mandate = await reign('a')
    await shiftPast(database.db, leaseMs)
    await reign('b')
    const [row] = await database.db.query<{ leading: boolean }>(assignStatement, values(mandate, id))
    expect(row?.leading).toBe(false)
    expect(await assigned(id)).toBeNull()
  })

  it('would change the task without its guard', async () => {
    const id = await addTask()
    const mandate = await reign('a')
    await shiftPast(database.db, leaseMs)
    await reign('b')
    const unguarded = assignStatement.replace(
      lead,
      `lead as materialized (select $1::text, $2::bigint, $3::bigint, set_config('jrctl.actor', $4, true))`,
    )
    expect(unguarded).not.toBe(assignStatement)
    await database.db.query(unguarded, values(mandate, id))
    expect(await assigned(id)).toBe('New Jr.')
  })

  it('is done before another can lead, when it had begun in time', async () => {
    const id = await addTask()
    const mandate = await reign('a', 300)
    const [writer, other] = [connectTo(database.url, 1), connectTo(database.url, 1)]
    try {
      const member = await createNodes(database.db).join({
        nodeId: nodeId('b'),
        host: 'machine',
        version: '1',
      })
      const order: string[] = []
      let next: Promise<unknown> = Promise.resolve()
      await writer.transaction(async (tx) => {
        // The statement alone would be over before we could look; so its transaction is held open.
        await tx.query(assignStatement, values(mandate, id))
        await until(async () => (await createLeadership(database.db).leader()) === null)
        next = createLeadership(other)
          .campaign(member, leaseMs)
          .then(({ kind }) => order.push(kind))
        await until(async () => (await waiters(database)) === 1)
        order.push('written')
      })
      await next
      expect(order).toEqual(['written', 'leading'])
      expect(await assigned(id)).toBe('New Jr.')
    } finally {
      await writer.close()
      await other.close()
    }
  })
})

async function waiters({ db }: QueueDatabase): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    `select count(*) as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  )
  return row?.count ?? 0
}

describe('a duty', () => {
  it('signs its events as the leader, and deletions as retention', async () => {
    const id = await addTask()
    const duties = createClusterDuties(database.db)
    const mandate = await reign('a')
    await duties.assign(mandate, [{ taskId: taskId(id), jrName: jrName('New Jr.') }])
    await database.db.query(`update jr_work_queue set status = 'completed' where id = $1`, [id])
    await shiftPast(database.db, 86_400_000)
    await duties.pruneTasks(await reign('a'), { finishedMs: 3_600_000, deadMs: null }, 0, 10)
    const events = await database.db.query<{ kind: string; actor: string }>(
      `select kind, actor from jr_events where task_id = $1 order by version`,
      [id],
    )
    expect(events.map(({ kind, actor }) => `${kind} by ${actor}`)).toEqual([
      'inserted by jrctl test',
      'updated by leader:a',
      'updated by jrctl test',
      'deleted by retention',
    ])
  })

  it('deletes the attempts of a task with it, and what the trigger kept of it', async () => {
    const id = await addTask()
    await database.db.query(
      `insert into jr_attempts (task_id, attempt, jr_name, instance_id, node_id, key_hash, took_unassigned, lease_expires_at, ended_at)
       values ($1, 1, 'A', 'i', 'n', 'k', false, now(), now())`,
      [id],
    )
    await database.db.query(`update jr_work_queue set status = 'completed' where id = $1`, [id])
    await shiftPast(database.db, 86_400_000)
    await createClusterDuties(database.db).pruneTasks(
      await reign('a'),
      { finishedMs: 1, deadMs: null },
      0,
      10,
    )
    const [left] = await database.db.query(
      `select (select count(*) from jr_attempts) as attempts, (select count(*) from jr_task_state) as states,
        (select count(*) from jr_work_queue) as tasks`,
    )
    expect(left).toEqual({ attempts: 0, states: 0, tasks: 0 })
  })

  it('adds the notes of the counts together without changing the sums', async () => {
    const duties = createClusterDuties(database.db)
    const mandate = await reign('a')
    const queue = createTaskQueue(database.db)
    for (let n = 0; n < 70; n += 1) await addTask()
    await database.db.query(`update jr_work_queue set status = 'completed' where id % 2 = 0`)
    const before = (await queue.counts()).byStatus
    const folded = await duties.foldCounts(mandate)
    expect(folded.led && folded.result.before).toBeGreaterThanOrEqual(70)
    expect(folded.led && folded.result.after).toBe(2)
    expect((await queue.counts()).byStatus).toEqual(before)
    const rows = await database.db.query(`select status, tasks from jr_task_counts order by status`)
    expect(rows).toEqual([
      { status: 'completed', tasks: before.completed },
      { status: 'pending', tasks: before.pending },
    ])
    // Nothing to gain from so few.
    expect(await duties.foldCounts(mandate)).toEqual({ led: true, result: { before: 0, after: 0 } })
  })

  it('deletes old events from the beginning, page by page', async () => {
    const duties = createClusterDuties(database.db)
    for (let n = 0; n < 5; n += 1) await addTask()
    await shiftPast(database.db, 2 * 86_400_000)
    await addTask()
    const mandate = await reign('a')
    const day = 86_400_000
    expect(await duties.pruneEvents(mandate, day, 0, 4)).toEqual({
      led: true,
      result: { deleted: 4, seen: 4, lastId: 4, firstKeptId: null, isYoung: false },
    })
    expect(await duties.pruneEvents(mandate, day, 4, 4)).toEqual({
      led: true,
      result: { deleted: 1, seen: 2, lastId: 6, firstKeptId: 6, isYoung: false },
    })
    expect(await duties.pruneEvents(mandate, day, 5, 4)).toMatchObject({
      result: { deleted: 0, isYoung: true },
    })
  })

  it('forgets nodes that were not seen for a month', async () => {
    await reign('old')
    await shiftPast(database.db, 31 * 86_400_000)
    const mandate = await reign('new')
    await createClusterDuties(database.db).markSilentOffline(mandate, 300_000)
    expect((await createNodes(database.db).list()).map((node) => node.nodeId)).toEqual(['new'])
  })

  it('leaves out a Jr all of whose instances are on nodes that hold back claims', async () => {
    await database.db.query(`truncate jr_instances, jr_status`)
    const queue = createTaskQueue(database.db)
    const duties = createClusterDuties(database.db)
    const beat = (jr: string, node: string) =>
      queue.beat({
        instanceId: instanceId(`${jr} ${node}`),
        jrNames: [jrName(jr)],
        nodeId: nodeId(node),
        pid: 1,
        load: 0,
      })
    await reign('full')
    await beat('Here Jr.', 'full')
    await beat('Both Jr.', 'full')
    await beat('Both Jr.', 'elsewhere')
    await database.db.query(
      `insert into jr_status (jr_name, is_online, last_seen) values ('Legacy Jr.', true, now())`,
    )
    const names = async () => (await duties.onlineJrs(300_000)).map((one) => one.jrName)
    expect(await names()).toEqual(['Both Jr.', 'Here Jr.', 'Legacy Jr.'])
    await createClaimHolds(database.db).holdClaims(nodeId('full'), 'the disk is full', 60_000)
    expect(await names()).toEqual(['Both Jr.', 'Legacy Jr.'])
    await createClaimHolds(database.db).resumeClaims(nodeId('full'))
    expect(await names()).toHaveLength(3)
  })

  it('reads the line of unassigned tasks by its index, without a sort', async () => {
    await database.db.query(
      `insert into jr_work_queue (title, priority) select 'task', n % 7 from generate_series(1, 5000) n`,
    )
    await database.db.query(`analyze jr_work_queue`)
    const rows = await database.db.query<{ 'QUERY PLAN': string }>(
      `explain ${unassignedStatement}`,
      [100, 200],
    )
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
    expect(plan).toContain('Index Scan using jr_work_queue_ready')
    expect(plan).not.toMatch(/Sort|Seq Scan/)
  })
})
