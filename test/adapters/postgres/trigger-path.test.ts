import { expect, it } from 'vitest'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import { instanceId, jrName, nodeId } from '../../../src/domain/ids.ts'
import { claimOne } from '../../support/claim.ts'
import { queueDatabase } from './support/queue-database.ts'

it('the trigger, which runs with its owner’s rights, finds no function that somebody put in its way', async () => {
  const { db, dispose } = await queueDatabase()
  try {
    for (const name of ['to_json', 'octet_length', 'concat_ws', 'pg_notify'])
      await db.query(
        `create function public.${name}(text) returns text language plpgsql as $$ begin raise 'trapped'; end $$`,
      )
    await db.query(
      `create function public.to_json(varchar) returns json language plpgsql as $$ begin raise 'trapped'; end $$`,
    )
    await db.query(`insert into jr_work_queue (title, description) values ('t', 'd')`)
    await db.query(`update jr_work_queue set title = 'u', status = 'in_progress', started_at = now()`)
    await db.query(`delete from jr_work_queue`)
    expect(await db.query(`select version from jr_events order by version`)).toHaveLength(3)
    await db.query(`truncate jr_work_queue`)
  } finally {
    await dispose()
  }
})

it('a dead worker’s tasks return but for one that somebody holds, whose lease runs out at once', async () => {
  const { db, dispose } = await queueDatabase()
  const other = await db.dedicated({ queryTimeoutMs: 20_000, statementTimeoutMs: 20_000 })
  try {
    const queue = createTaskQueue(db)
    const jr = jrName('Research Jr.')
    const dead = instanceId('dead')
    const ids = await queue.add(
      Array.from({ length: 3 }, () => ({ title: 't', assignedJr: jr })),
      'ann',
    )
    for (const _ of ids)
      await claimOne(queue, {
        jrNames: [jr],
        acceptUnassigned: false,
        instanceId: dead,
        nodeId: nodeId('n'),
        leaseMs: 600_000,
      })
    await other.query('begin')
    await other.query('select from jr_work_queue where id = $1 for update', [ids[0]])
    expect(
      (await queue.returnLeases(dead, 'died')).map(({ taskId }) => taskId).toSorted((a, b) => a - b),
    ).toEqual(ids.slice(1))
    await other.query('rollback')
    expect(await queue.rescueExpired()).toMatchObject([{ taskId: ids[0] }])
  } finally {
    await other.end()
    await dispose()
  }
})
