import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { statement, wouldRescue } from '../../../src/adapters/postgres/sql/would-rescue.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import { instanceId, jrName, nodeId } from '../../../src/domain/ids.ts'
import { claimOne } from '../../support/claim.ts'
import { buffersOf, explain, nodes } from './support/plan.ts'
import { queueDatabase, type QueueDatabase } from './support/queue-database.ts'
import { shiftPast } from './support/shift-past.ts'

const minute = 60_000
const [stuckMs, silentMs] = [30 * minute, 5 * minute]
const jr = jrName('Research Jr.')

describe('what a health check would rescue', () => {
  let on: QueueDatabase
  beforeAll(async () => {
    on = await queueDatabase()
  })
  afterAll(() => on.dispose())

  const look = () => wouldRescue(on.db, stuckMs, silentMs)

  it('is just what the rescues then take', async () => {
    const queue = createTaskQueue(on.db)
    const claim = {
      jrNames: [jr],
      acceptUnassigned: true,
      instanceId: instanceId('i-1'),
      nodeId: nodeId('n-1'),
    }
    await queue.add([{ title: 'leased' }, { title: 'foreign' }, { title: 'waits' }], 'a test')
    await claimOne(queue, { ...claim, leaseMs: minute })
    await queue.beat({ ...claim, pid: 1, load: 1 })
    await on.db.query(
      `update jr_work_queue set status = 'in_progress', started_at = now() where title = 'foreign'`,
    )
    expect(await look()).toEqual({ expired: 0, stuck: 0, silent: [] })
    await shiftPast(on.db, 10 * minute)
    expect(await look()).toEqual({ expired: 1, stuck: 0, silent: [jr] })
    await shiftPast(on.db, 30 * minute)
    const found = await look()
    expect(found).toEqual({ expired: 1, stuck: 1, silent: [jr] })
    expect(await queue.rescueExpired()).toHaveLength(found.expired)
    expect(await queue.rescueStuck(stuckMs)).toHaveLength(found.stuck)
    expect(await queue.markSilentOffline(silentMs)).toEqual(found.silent)
    expect(await look()).toEqual({ expired: 0, stuck: 0, silent: [] })
  })

  it('is found without a look at what waits or is over', async () => {
    await on.db.query(`insert into jr_work_queue (title, assigned_jr, status)
      select 't', 'Research Jr.', case when n % 2 = 0 then 'assigned' else 'completed' end from generate_series(1, 10000) n`)
    await on.db.query('analyze')
    const plan = await explain(on.db, statement, [stuckMs, silentMs, 500])
    const scanned = nodes(plan).filter((node) => node['Node Type'] === 'Seq Scan')
    expect(scanned.map((node) => node['Relation Name']).filter((name) => name !== 'jr_status')).toEqual([])
    expect(buffersOf(plan)).toBeLessThan(100)
  })
})
