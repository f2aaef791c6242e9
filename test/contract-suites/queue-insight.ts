import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { instanceId, jrName, nodeId, taskId, type TaskId } from '../../src/domain/ids.ts'
import type { TaskStanding } from '../../src/domain/why/standing.ts'
import type { QueueInsight } from '../../src/ports/queue-insight.ts'
import type { Claimed, NewTask, TaskQueue } from '../../src/ports/task-queue.ts'
import { claimOne } from '../support/claim.ts'

export interface QueueInsightUnderTest {
  insight: QueueInsight
  queue: TaskQueue
  /** Moves all of the past that much further away. */
  advance: (ms: number) => Promise<void>
  /** Takes a task as a program does that knows the SQL alone. */
  claimForeign: (id: TaskId) => Promise<void>
  dispose: () => Promise<void>
}

const jr = jrName('Research Jr.')
const instance = instanceId('instance-1')
const leaseMs = 60_000

/** What every QueueInsight does, with offlineAfterMs 300,000 and stuckAfterMs 1,800,000. */
export function queueInsightContract(name: string, make: () => Promise<QueueInsightUnderTest>): void {
  describe(`a queue insight (${name})`, () => {
    let on: QueueInsightUnderTest
    beforeEach(async () => {
      on = await make()
    })
    afterEach(() => on.dispose())

    const add = async (task: Partial<NewTask> = {}): Promise<TaskId> => {
      const [id] = await on.queue.add([{ title: 'a task', ...task }], 'test')
      if (id === undefined) throw new Error('nothing was added')
      return id
    }
    const claim = async (): Promise<Claimed> => {
      const claimed = await claimOne(on.queue, {
        jrNames: [jr],
        acceptUnassigned: true,
        instanceId: instance,
        nodeId: nodeId('node-1'),
        leaseMs,
      })
      if (claimed === null) throw new Error('nothing was claimed')
      return claimed
    }
    const beat = (load = 0): Promise<void> =>
      on.queue.beat({ instanceId: instance, jrNames: [jr], nodeId: nodeId('node-1'), pid: 1, load })
    const sight = async (id: TaskId): Promise<TaskStanding> => {
      const sighting = await on.insight.sight(id)
      if (sighting.kind !== 'seen') throw new Error(`task ${id} is ${sighting.kind}`)
      return sighting.standing
    }

    it('says that there is no such task', async () => {
      expect(await on.insight.sight(taskId(4711))).toEqual({ kind: 'not_found' })
    })

    it('counts who stands before a ready task in its own line', async () => {
      const own = [await add({ assignedJr: jr }), await add({ assignedJr: jr })] as const
      const first = await add({ assignedJr: jr, priority: 1 })
      await add({ assignedJr: 'Other Jr.', priority: 0 })
      await add({ priority: 0 })
      expect((await sight(first)).ahead).toEqual({ count: 0, isMore: false })
      expect((await sight(own[0])).ahead).toEqual({ count: 1, isMore: false })
      expect((await sight(own[1])).ahead).toEqual({ count: 2, isMore: false })
      await on.queue.urgent(own[1], 'test', false)
      expect((await sight(own[1])).ahead).toEqual({ count: 0, isMore: false })
    })

    it('knows whether the named Jr was heard of in time', async () => {
      const id = await add({ assignedJr: jr })
      expect(await sight(id)).toMatchObject({ jr: null, online: { count: 0, some: [] }, instances: [] })
      await beat(2)
      const online = await sight(id)
      expect(online).toMatchObject({
        jr: { name: jr, online: true, load: 2 },
        online: { count: 1, some: [{ name: jr, load: 2 }] },
        instances: [{ instanceId: instance, nodeId: 'node-1', load: 2 }],
      })
      await on.advance(300_001)
      expect(await sight(id)).toMatchObject({ jr: { online: false }, online: { count: 0 }, instances: [] })
    })

    it('shows the open attempt with its lease, and the position among all', async () => {
      await add({ assignedJr: jr })
      const second = await add({ assignedJr: jr })
      await claim()
      await claim()
      await on.advance(20_000)
      const standing = await sight(second)
      expect(standing).toMatchObject({
        place: { position: 2, of: 2 },
        ahead: null,
        stuckInMs: null,
        open: { attempt: 1, jrName: jr, instanceId: instance, nodeId: 'node-1' },
        last: null,
      })
      expect(standing.open?.leaseLeftMs).toBeGreaterThan(30_000)
      expect(standing.open?.leaseLeftMs).toBeLessThanOrEqual(40_000)
      expect(standing.open?.renewedAgeMs).toBeGreaterThanOrEqual(20_000)
      await on.advance(50_000)
      expect((await sight(second)).open?.leaseLeftMs).toBeLessThan(0)
    })

    it('shows how the last attempt ended and when the next one comes', async () => {
      const id = await add({ assignedJr: jr })
      const { lease } = await claim()
      await on.queue.fail(lease, { kind: 'attempt', error: 'boom' })
      const standing = await sight(id)
      expect(standing).toMatchObject({ open: null, last: { attempt: 1, jrName: jr, error: 'boom' } })
      expect(standing.dueInMs).toBeGreaterThan(0)
      expect(standing.ahead).toBeNull()
    })

    it('says when a task without a lease counts as stuck', async () => {
      const id = await add({ assignedJr: jr })
      await on.claimForeign(id)
      const fresh = await sight(id)
      expect(fresh.open).toBeNull()
      expect(fresh.stuckInMs).toBeGreaterThan(1_700_000)
      await on.advance(1_800_001)
      expect((await sight(id)).stuckInMs).toBeLessThan(0)
    })

    it('judges nothing of a task that is done', async () => {
      const id = await add({ assignedJr: jr })
      const { lease } = await claim()
      await on.queue.complete(lease, { ok: true })
      expect(await sight(id)).toMatchObject({
        rawStatus: 'completed',
        open: null,
        last: { outcome: 'completed' },
        ahead: null,
        place: null,
        locks: [],
        readOnly: null,
      })
    })
  })
}
