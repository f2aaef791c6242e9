import { afterEach, beforeEach, expect, it } from 'vitest'
import { settleRestored } from '../../../src/adapters/postgres/sql/settle-restored.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import { instanceId, jrName, nodeId } from '../../../src/domain/ids.ts'
import type { Claimed } from '../../../src/ports/task-queue.ts'
import { claimOne } from '../../support/claim.ts'
import { type QueueDatabase, queueDatabase } from './support/queue-database.ts'

let at: QueueDatabase
beforeEach(async () => void (at = await queueDatabase()))
afterEach(() => at.dispose())

const why = 'the queue was restored'

/** Claims the task that is there. */
async function claimed(): Promise<Claimed> {
  const task = await claimOne(createTaskQueue(at.db), {
    jrNames: [jrName('a_jr')],
    acceptUnassigned: true,
    instanceId: instanceId('i-1'),
    nodeId: nodeId('n-1'),
    leaseMs: 60_000,
  })
  if (task === null) throw new Error('nothing to claim')
  return task
}

const taskRow = async () =>
  (
    await at.db.query<{ status: string; attempts: number; jr: string | null }>(
      `select status::text, attempts, assigned_jr as jr from jr_work_queue`,
    )
  )[0]

it('gives the tasks of then back as if nobody had claimed them, to those who were to have them', async () => {
  await at.db.query(
    `insert into jr_work_queue (title, assigned_jr, status) values ('one', 'a_jr', 'assigned')`,
  )
  const { lease } = await claimed()
  expect(await taskRow()).toMatchObject({ status: 'in_progress', attempts: 1 })
  expect(await settleRestored(at.db, why)).toEqual({ givenBack: 1 })
  expect(await taskRow()).toEqual({ status: 'assigned', attempts: 0, jr: 'a_jr' })
  const queue = createTaskQueue(at.db)
  // Whoever had it, and lives on somewhere, has nothing to say any more.
  expect(await queue.progress(lease, 50, null)).toMatchObject({ accepted: false })
  const [event] = await at.db.query<{ actor: string }>(`select actor from jr_events order by id desc limit 1`)
  expect(event?.actor).toBe('restore')
})

it('never gives a fence out that was given out after the backup', async () => {
  await at.db.query(`insert into jr_work_queue (title) values ('one')`)
  const before = await claimed()
  // What the lost future may have given out.
  const [future] = await at.db.query<{ fence: number }>(
    `select max(nextval('jr_fence')) as fence from generate_series(1, 1000)`,
  )
  await at.db.query(`select setval('jr_fence', $1)`, [before.lease.fence])
  await settleRestored(at.db, why)
  const after = await claimed()
  expect(after.lease.fence).toBeGreaterThan(future?.fence ?? 0)
  expect(Number.isSafeInteger(after.lease.fence + 9_000 * 1e12)).toBe(true)
})

it('takes nobody for present, and no lease for the leader’s', async () => {
  await at.db.query(
    `insert into jr_instances (instance_id, jr_name, node_id, pid, last_seen, load) values ('i', 'a_jr', 'n', 1, now(), 1)`,
  )
  await at.db.query(
    `insert into jr_status (jr_name, status, is_online, last_seen) values ('a_jr', 'idle', true, now())`,
  )
  await at.db.query(
    `insert into jr_leader (duty, node_id, epoch, term, expires_at) values ('leader', 'n', 1, 1, now() + interval '1 hour')`,
  )
  await settleRestored(at.db, why)
  const [row] = await at.db.query(
    `select (select count(*)::int from jr_instances) as instances, (select bool_or(is_online) from jr_status) as online,
       (select bool_or(expires_at > now()) from jr_leader) as led`,
  )
  expect(row).toEqual({ instances: 0, online: false, led: false })
})

it('of a database without a queue changes nothing', async () => {
  const empty = await queueDatabase('')
  expect(await settleRestored(empty.db, why)).toEqual({ givenBack: 0 })
  await empty.dispose()
})
