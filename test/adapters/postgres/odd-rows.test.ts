import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { claimOne } from '../../support/claim.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import { instanceId, jrName, nodeId } from '../../../src/domain/ids.ts'
import type { TaskQueue } from '../../../src/ports/task-queue.ts'
import { queueDatabase, type QueueDatabase } from './support/queue-database.ts'

const jr = jrName('Research Jr.')

describe('rows that other programs wrote oddly', () => {
  let database: QueueDatabase
  let queue: TaskQueue
  beforeAll(async () => {
    database = await queueDatabase()
    queue = createTaskQueue(database.db)
  })
  afterAll(() => database.dispose())

  const insert = (columns: string, values: string) =>
    database.db.query(
      `insert into jr_work_queue (title, description, source, created_by, assigned_jr, ${columns}) values ('odd', 'd', 's', 'c', $1, ${values})`,
      [jr],
    )

  it('an id that no JSON number holds is refused where it is written', async () => {
    await expect(insert('id', '9223372036854775807')).rejects.toThrow(/jr_work_queue_id_bound/)
    await insert('id', '9007199254740991')
    const [task] = await queue.list({ limit: 1 })
    expect(task?.id).toBe(Number.MAX_SAFE_INTEGER)
  })

  it('a count of attempts at the end of its column stands in nobody’s way', async () => {
    await insert('attempts', '2147483647')
    const claimed = await claimOne(queue, {
      jrNames: [jr],
      acceptUnassigned: false,
      instanceId: instanceId('i'),
      nodeId: nodeId('n'),
      leaseMs: 60_000,
    })
    if (claimed === null) throw new Error('nothing to claim')
    expect(await queue.complete(claimed.lease, null)).toEqual({ accepted: true })
  })

  it.each(['-infinity', 'infinity'])(
    'a due time or an age of %s stops neither claims nor counts',
    async (time) => {
      await insert('status, scheduled_at', `'scheduled', '${time}'`)
      await insert('created_at', `'${time}'`)
      await queue.makeReady()
      const { byStatus } = await queue.counts()
      expect(byStatus.assigned).toBeGreaterThan(0)
    },
  )

  it('a TRUNCATE ends what was at work, counts down, and gives ids that come again a new life', async () => {
    await insert('id', '4711')
    const claimed = await claimOne(queue, {
      jrNames: [jr],
      acceptUnassigned: false,
      instanceId: instanceId('before'),
      nodeId: nodeId('n'),
      leaseMs: 60_000,
    })
    if (claimed === null) throw new Error('nothing to claim')
    await database.db.query('truncate jr_work_queue')
    expect(Object.values((await queue.counts()).byStatus).every((count) => count === 0)).toBe(true)
    expect(await queue.renew([claimed.lease], 60_000)).toMatchObject([{ reason: 'foreign' }])
    await insert('id', String(claimed.task.id))
    expect(await queue.complete(claimed.lease, 'old')).toEqual({ accepted: false, reason: 'foreign' })
    expect((await queue.get(claimed.task.id))?.task).toMatchObject({ result: null, version: 4 })
  })

  it.each(['-infinity', 'infinity'])('a time of %s stands in nobody’s way', async (time) => {
    await insert('created_at', `'${time}'`)
    const seen = []
    for (let claims = 0; claims < 3; claims++) {
      const claimed = await claimOne(queue, {
        jrNames: [jr],
        acceptUnassigned: false,
        instanceId: instanceId('i'),
        nodeId: nodeId('n'),
        leaseMs: 60_000,
      })
      if (claimed === null) break
      seen.push(claimed.task)
      await database.db.query(`update jr_work_queue set started_at = '${time}' where id = $1`, [
        claimed.task.id,
      ])
      expect((await queue.inProgress())[0]?.startedAt).toEqual(expect.any(Number))
      await queue.complete(claimed.lease, null)
    }
    expect(seen.length).toBeGreaterThan(0)
    for (const task of seen) expect(Number.isFinite(task.createdAt)).toBe(true)
    expect((await queue.list({ limit: 10 })).length).toBeGreaterThan(0)
  })
})
