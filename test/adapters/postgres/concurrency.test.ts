import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { claimOne } from '../../support/claim.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import { instanceId, jrName, nodeId, type TaskId } from '../../../src/domain/ids.ts'
import type { Claimed, TaskQueue } from '../../../src/ports/task-queue.ts'
import { connectTo, queueDatabase, type QueueDatabase } from './support/queue-database.ts'

const jr = jrName('Research Jr.')

describe('many workers at once', () => {
  let database: QueueDatabase
  beforeAll(async () => {
    database = await queueDatabase()
  })
  afterAll(() => database.dispose())

  const claimFor = (queue: TaskQueue, worker: number, acceptUnassigned: boolean): Promise<Claimed | null> =>
    claimOne(queue, {
      jrNames: [jr],
      acceptUnassigned,
      instanceId: instanceId(`worker-${worker}`),
      nodeId: nodeId('node'),
      leaseMs: 60_000,
    })

  it('50 connections take 500 tasks, each once, and nobody goes away while some are left', async () => {
    const wide = connectTo(database.url, 50)
    try {
      const queue = createTaskQueue(wide)
      const ids = await queue.add(
        Array.from({ length: 500 }, (_, index) => ({
          title: `task ${index}`,
          assignedJr: index % 2 === 0 ? jr : null,
          sacredFirePriority: index % 3,
        })),
        'tester',
      )
      const taken: TaskId[] = []
      const early: number[] = []
      await Promise.all(
        Array.from({ length: 50 }, async (_, worker) => {
          for (;;) {
            const claimed = await claimFor(queue, worker, true)
            if (claimed === null) return void early.push(taken.length)
            taken.push(claimed.task.id)
            expect(await queue.complete(claimed.lease, null)).toEqual({ accepted: true })
          }
        }),
      )
      expect(taken.toSorted((one, other) => one - other)).toEqual(ids)
      // A claim that finds nothing does so only when the others have at most one in hand each.
      expect(Math.min(...early)).toBeGreaterThanOrEqual(ids.length - 50)
      expect((await queue.counts()).byStatus).toMatchObject({ completed: 500, in_progress: 0 })
    } finally {
      await wide.close()
    }
  })

  it('foreign writes, last words, renewals, rescues and cancels meet without deadlock or loss', async () => {
    const wide = connectTo(database.url, 20)
    try {
      const queue = createTaskQueue(wide)
      const ids = await queue.add(
        Array.from({ length: 60 }, (_, index) => ({ title: `contested ${index}`, assignedJr: jr })),
        'tester',
      )
      const claimed: Claimed[] = []
      for (const _ of ids) {
        const one = await claimFor(queue, 1, false)
        if (one !== null) claimed.push(one)
      }
      await Promise.all([
        ...claimed.map(({ lease }, index) =>
          index % 2 === 0
            ? queue.complete(lease, { index })
            : queue.fail(lease, { kind: 'attempt', error: 'x' }),
        ),
        ...claimed.filter((_, index) => index % 5 === 0).map(({ task }) => queue.cancel(task.id, 'ann', 'x')),
        queue.renew(
          claimed.map(({ lease }) => lease),
          60_000,
        ),
        queue.renew(
          claimed.toReversed().map(({ lease }) => lease),
          60_000,
        ),
        wide.query(
          `update jr_work_queue set status = 'completed' where title like 'contested %' and id % 3 = 0`,
        ),
        queue.returnLeases(instanceId('worker-1'), 'died'),
        queue.rescueExpired(),
      ])
      const open = await wide.query(
        `select a.task_id from jr_attempts a join jr_work_queue q on q.id = a.task_id
         where (a.ended_at is null) <> (q.status = 'in_progress') and a.fence = (select max(fence) from jr_attempts m where m.task_id = a.task_id)`,
      )
      expect(open).toEqual([])
      const versions = await wide.query(
        `select task_id from jr_events group by task_id having count(*) <> max(version)`,
      )
      expect(versions).toEqual([])
    } finally {
      await wide.close()
    }
  })
})
