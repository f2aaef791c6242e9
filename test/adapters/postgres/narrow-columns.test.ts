import { expect, it } from 'vitest'
import { migrate } from '../../../src/adapters/postgres/migrate.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import { instanceId, jrName, nodeId } from '../../../src/domain/ids.ts'
import { claimOne } from '../../support/claim.ts'
import { queueDatabase } from './support/queue-database.ts'

const legacy = `
create table jr_work_queue (id serial primary key, title varchar(200) not null, description text, source varchar(50),
  created_by varchar(50), assigned_jr varchar(100), status varchar(20) default 'pending', priority int default 5,
  sacred_fire_priority int default 0, progress_percent int default 0, created_at timestamp default now(),
  started_at timestamp, error varchar(30), progress_note varchar(5));
create table jr_status (jr_name varchar(100) primary key, status varchar(20), is_online boolean, last_seen timestamp,
  current_load int);`

it('a legacy column that is too narrow for what we write there loses its limit, and no rescue fails by it', async () => {
  const { db, dispose } = await queueDatabase(legacy)
  try {
    await migrate(db)
    const queue = createTaskQueue(db)
    const jr = jrName('Research Jr.')
    await queue.add([{ title: 't', assignedJr: jr, maxAttempts: 1 }], 'ann')
    const claimed = await claimOne(queue, {
      jrNames: [jr],
      acceptUnassigned: false,
      instanceId: instanceId('an instance with a name that makes the error long'),
      nodeId: nodeId('n'),
      leaseMs: 1,
    })
    if (claimed === null) throw new Error('nothing to claim')
    expect(await queue.progress(claimed.lease, 50, 'more than five')).toEqual({ accepted: true })
    await db.query(`update jr_attempts set lease_expires_at = now() - interval '1 s'`)
    expect(await queue.rescueExpired()).toMatchObject([{ status: 'failed' }])
    expect((await queue.get(claimed.task.id))?.task.error?.length).toBeGreaterThan(30)
  } finally {
    await dispose()
  }
})
