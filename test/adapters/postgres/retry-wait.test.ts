import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import { backoffDelayMs, type Backoff } from '../../../src/domain/backoff.ts'
import { instanceId, jrName, nodeId } from '../../../src/domain/ids.ts'
import { claimOne } from '../../support/claim.ts'
import { queueDatabase, type QueueDatabase } from './support/queue-database.ts'

describe('the wait before another attempt', () => {
  let database: QueueDatabase
  beforeAll(async () => {
    database = await queueDatabase()
  })
  afterAll(() => database.dispose())

  let fresh = 0
  /** How long the task waits in the row after its attempt `attempts` failed, by the database's clock. */
  async function waitMs(attempts: number, retry: Backoff): Promise<number> {
    const jr = jrName(`waiter ${(fresh += 1)}`)
    const queue = createTaskQueue(database.db, { retry })
    const [id] = await queue.add([{ title: 't', assignedJr: jr, maxAttempts: 100 }], 'ann')
    await database.db.query(`update jr_work_queue set attempts = $2 where id = $1`, [id, attempts - 1])
    const claimed = await claimOne(queue, {
      jrNames: [jr],
      acceptUnassigned: false,
      instanceId: instanceId('i'),
      nodeId: nodeId('n'),
      leaseMs: 60_000,
    })
    if (claimed === null) throw new Error('nothing to claim')
    await queue.fail(claimed.lease, { kind: 'attempt', error: 'x' })
    const [row] = await database.db.query<{ wait: number }>(
      `select extract(epoch from q.scheduled_at - a.ended_at)::float8 * 1000 as wait
       from jr_work_queue q join jr_attempts a on a.task_id = q.id where q.id = $1`,
      [id],
    )
    return row?.wait ?? Number.NaN
  }

  const waits = fc.record({
    initialMs: fc.integer({ min: 10, max: 3_600_000 }),
    maxMs: fc.integer({ min: 3_600_000, max: 86_400_000 }),
  })

  it('is that of the domain, whatever is configured', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 99 }), waits, async (attempts, { initialMs, maxMs }) => {
        const retry = { initialMs, maxMs, jitter: 0 }
        expect(await waitMs(attempts, retry)).toBeCloseTo(backoffDelayMs(attempts, retry, 0), 0)
      }),
      { numRuns: 30 },
    )
  })

  it('is anything up to that with full jitter, and not always the same', async () => {
    const retry = { initialMs: 60_000, maxMs: 300_000, jitter: 1 }
    const drawn: number[] = []
    for (let n = 0; n < 12; n++) drawn.push(await waitMs(2, retry))
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...drawn)).toBeLessThanOrEqual(120_000)
    // Twelve draws within a hundredth of the range happen once in 10^22.
    expect(Math.max(...drawn) - Math.min(...drawn)).toBeGreaterThan(1_200)
  })
})
