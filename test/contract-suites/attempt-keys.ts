import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { instanceId, jrName, nodeId, taskId } from '../../src/domain/ids.ts'
import type { AttemptKeys } from '../../src/ports/attempt-keys.ts'
import type { Claimed, TaskQueue } from '../../src/ports/task-queue.ts'

export interface AttemptKeysUnderTest {
  keys: AttemptKeys
  queue: TaskQueue
  dispose: () => Promise<void>
}

const jr = jrName('Research Jr.')
let made = 0
const hashOf = (): string => String((made += 1)).padStart(64, 'a')

/** What every AttemptKeys does. */
export function attemptKeysContract(name: string, make: () => Promise<AttemptKeysUnderTest>): void {
  describe(`attempt keys (${name})`, () => {
    let on: AttemptKeysUnderTest
    beforeAll(async () => {
      on = await make()
    })
    afterAll(() => on.dispose())

    const claim = async (leaseMs = 60_000): Promise<Claimed> => {
      await on.queue.add([{ title: 'a task', assignedJr: jr }], 'test')
      const [claimed] = await on.queue.claim({
        jrNames: [jr],
        acceptUnassigned: false,
        instanceId: instanceId('i'),
        nodeId: nodeId('n'),
        leaseMs,
        keyHashes: [hashOf()],
      })
      if (claimed === undefined) throw new Error('nothing was claimed')
      return claimed
    }

    it('finds an open attempt, by its task or without', async () => {
      const { lease, keyHash, attempt } = await claim(45_000)
      const wanted = { lease, jrName: jr, attempt, leaseMs: 45_000, outcome: null }
      expect(await on.keys.find({ taskId: lease.taskId, keyHash })).toEqual(wanted)
      expect(await on.keys.find({ taskId: null, keyHash })).toEqual(wanted)
    })

    it('finds an ended one by its task alone, with its outcome', async () => {
      const { lease, keyHash } = await claim()
      await on.queue.complete(lease, null)
      expect(await on.keys.find({ taskId: lease.taskId, keyHash })).toMatchObject({
        lease,
        outcome: 'completed',
      })
      expect(await on.keys.find({ taskId: null, keyHash })).toBeNull()
    })

    it('tells the attempts of a task apart', async () => {
      const first = await claim()
      await on.queue.release(first.lease, '')
      const [second] = await on.queue.claim({
        jrNames: [jr],
        acceptUnassigned: false,
        instanceId: instanceId('i'),
        nodeId: nodeId('n'),
        leaseMs: 60_000,
        keyHashes: [hashOf()],
      })
      const { taskId: id } = first.lease
      expect(await on.keys.find({ taskId: id, keyHash: first.keyHash })).toMatchObject({
        outcome: 'released',
      })
      expect(await on.keys.find({ taskId: id, keyHash: second?.keyHash ?? '' })).toMatchObject({
        lease: second?.lease,
        outcome: null,
      })
    })

    it('finds nothing by a key of nobody, or of another task', async () => {
      const { lease, keyHash } = await claim()
      expect(await on.keys.find({ taskId: lease.taskId, keyHash: hashOf() })).toBeNull()
      expect(await on.keys.find({ taskId: null, keyHash: hashOf() })).toBeNull()
      expect(await on.keys.find({ taskId: taskId(999_999), keyHash })).toBeNull()
    })
  })
}
