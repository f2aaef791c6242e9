import { expect, it } from 'vitest'
import { complete, type Completion } from '../../../src/adapters/postgres/sql/complete.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import { createPreparedNames } from '../../../src/adapters/postgres/prepared-names.ts'
import { instanceId, jrName, nodeId } from '../../../src/domain/ids.ts'
import { connectTo, queueDatabase } from './support/queue-database.ts'

it('a statement is prepared anew each time that its runs have doubled, in each session by itself', () => {
  const nameOf = createPreparedNames()
  const session = {}
  const names = Array.from({ length: 1_000 }, () => nameOf(session, 's'))
  expect([names[0], names[1], names[2], names[3], names[511], names[999]]).toEqual([
    's_0',
    's_1',
    's_1',
    's_2',
    's_9',
    's_9',
  ])
  expect(nameOf({}, 's')).toBe('s_0')
  expect(nameOf(session, 'other')).toBe('other_0')
})

it('plans made while the tables were empty do not read all of them later', async () => {
  const { url, dispose } = await queueDatabase()
  const worker = connectTo(url, 1)
  try {
    // So that the planner knows for certain that they are empty.
    await worker.query('vacuum analyze jr_work_queue, jr_attempts, jr_task_state')
    const jr = jrName('Research Jr.')
    const queue = createTaskQueue(worker)
    const claimed = async (count: number): Promise<Completion[]> => {
      await queue.add(
        Array.from({ length: count }, () => ({ title: 't', assignedJr: jr })),
        'tester',
      )
      const claims = await queue.claim({
        jrNames: [jr],
        acceptUnassigned: false,
        instanceId: instanceId('i'),
        nodeId: nodeId('n'),
        leaseMs: 60_000,
        keyHashes: Array.from({ length: count }, () => 'k'),
      })
      return claims.map(({ lease }) => ({ lease, result: 'null' }))
    }
    for (let round = 0; round < 30; round += 1)
      for (const one of await claimed(20)) await complete(worker, [one], 'pass')
    const last = await claimed(1)
    const [before, after] = await worker.transaction(async (tx) => {
      const begin = await tx.query<{ read: number }>(entriesRead)
      expect(await complete(tx, last, 'pass')).toEqual([{ accepted: true }])
      return [begin, await tx.query<{ read: number }>(entriesRead)].map(([row]) => row?.read ?? 0)
    })
    expect((after ?? 0) - (before ?? 0)).toBeLessThan(50)
  } finally {
    await worker.close()
    await dispose()
  }
})

/** By this session, since it last told the collector. */
const entriesRead = `
select sum(pg_stat_get_xact_tuples_returned(oid))::int as read
from pg_class where starts_with(relname, 'jr_') and relkind = 'i'`
