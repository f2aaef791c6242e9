import { expect, it } from 'vitest'
import { claim } from '../../../src/adapters/postgres/sql/claim.ts'
import { progress } from '../../../src/adapters/postgres/sql/progress.ts'
import { renew } from '../../../src/adapters/postgres/sql/renew.ts'
import { instanceId, jrName, nodeId } from '../../../src/domain/ids.ts'
import { queueDatabase } from './support/queue-database.ts'

interface Counts {
  name: string
  updated: number
  hot: number
}

/** Of this session, since it last told the collector. */
const updates = `
select name, pg_stat_get_xact_tuples_updated(name::regclass) as updated,
  pg_stat_get_xact_tuples_hot_updated(name::regclass) as hot
from unnest(array['jr_attempts', 'jr_task_state', 'jr_work_queue']) as name`

it('renewals and progress stay off every index', async () => {
  const { db, dispose } = await queueDatabase()
  try {
    await db.query(`insert into jr_work_queue (title) values ('t')`)
    const {
      claimed: [claimed],
    } = await claim(db, {
      jrNames: [jrName('Research Jr.')],
      acceptUnassigned: true,
      instanceId: instanceId('i'),
      nodeId: nodeId('n'),
      leaseMs: 60_000,
      keyHashes: ['k'],
    })
    if (claimed === undefined) throw new Error('nothing to claim')
    const counts = await db.transaction(async (tx) => {
      const before = await tx.query<Counts>(updates)
      for (let percent = 1; percent <= 10; percent += 1) {
        expect(await renew(tx, [claimed.lease], 60_000)).toEqual([])
        expect(await progress(tx, claimed.lease, percent, `step ${percent}`)).toEqual({ accepted: true })
      }
      const after = await tx.query<Counts>(updates)
      return after.map(({ name, updated, hot }, index) => ({
        name,
        updated: updated - (before[index]?.updated ?? 0),
        hot: hot - (before[index]?.hot ?? 0),
      }))
    })
    expect(counts).toEqual([
      { name: 'jr_attempts', updated: 10, hot: 10 },
      { name: 'jr_task_state', updated: 10, hot: 10 },
      { name: 'jr_work_queue', updated: 10, hot: 10 },
    ])
  } finally {
    await dispose()
  }
})
