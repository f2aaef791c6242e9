import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Death } from '../../src/domain/dead-letter.ts'
import { instanceId, jrName, nodeId, taskId, type JrName, type TaskId } from '../../src/domain/ids.ts'
import type { DeadLetters } from '../../src/ports/dead-letters.ts'
import type { NewTask, TaskQueue } from '../../src/ports/task-queue.ts'
import { claimOne } from '../support/claim.ts'

export interface DeadLettersUnderTest {
  letters: DeadLetters
  queue: TaskQueue
  dispose(): Promise<void>
}

/** What the dead letters of every queue promise. Each test works with a Jr of its own. */
export function deadLettersContract(name: string, make: () => Promise<DeadLettersUnderTest>): void {
  describe(`dead letters contract: ${name}`, () => {
    let letters: DeadLetters
    let queue: TaskQueue
    let under: DeadLettersUnderTest
    beforeAll(async () => {
      under = await make()
      letters = under.letters
      queue = under.queue
    })
    afterAll(() => under.dispose())

    let fresh = 0
    const newJr = () => jrName(`dying ${(fresh += 1)}`)

    const die = async (jr: JrName, error = 'no luck'): Promise<void> => {
      const claimed = await claimOne(queue, {
        jrNames: [jr],
        acceptUnassigned: false,
        instanceId: instanceId('i'),
        nodeId: nodeId('n'),
        leaseMs: 60_000,
      })
      if (claimed === null) throw new Error('nothing to claim')
      await queue.fail(claimed.lease, { kind: 'final', error })
    }
    const dead = async (jr: JrName, task: Partial<NewTask> = {}, error?: string): Promise<TaskId> => {
      const [id = taskId(0)] = await queue.add([{ title: 'a task', assignedJr: jr, ...task }], 'ann')
      await die(jr, error)
      return id
    }
    const deathOf = async (id: TaskId): Promise<Death> => {
      const [letter] = await letters.look([id])
      return { taskId: id, version: letter?.version ?? -1 }
    }
    const statusOf = async (id: TaskId) => (await queue.get(id))?.task.status

    it('lists what died, the latest task first, and all there is to know of it', async () => {
      const jr = newJr()
      const first = await dead(jr, { title: 'first', description: 'words', tags: ['x'] })
      const second = await dead(jr)
      const listed = await letters.list({ jrName: jr, limit: 10 })
      expect(listed.map((letter) => letter.taskId)).toEqual([second, first])
      expect(listed[1]).toMatchObject({
        id: String(first),
        kind: 'task',
        state: 'dead',
        status: 'failed',
        title: 'first',
        jrName: jr,
        error: 'no luck',
        attempts: 1,
        maxAttempts: 4,
        replays: 0,
        settledAt: null,
        payload: { description: 'words', tags: ['x'] },
      })
      expect(listed[1]?.diedAt).toBe((await queue.get(first))?.task.completedAt)
      expect(await letters.look([first])).toEqual([listed[1]])
    })

    it('filters by Jr, time and words of title or error, and pages', async () => {
      const jr = newJr()
      const one = await dead(jr, { title: 'Nightly REPORT' }, 'x')
      const two = await dead(jr, { title: 'other' }, 'no 100% report_key')
      await dead(newJr())
      const ids = async (filter: object) =>
        (await letters.list({ jrName: jr, limit: 10, ...filter })).map((letter) => letter.taskId)
      expect(await ids({ search: 'report' })).toEqual([two, one])
      expect(await ids({ search: '100%' })).toEqual([two])
      expect(await ids({ search: 'report_' })).toEqual([two])
      expect(await ids({ before: two })).toEqual([one])
      expect(await ids({ limit: 1 })).toEqual([two])
      const died = (await letters.look([one]))[0]?.diedAt ?? 0
      expect(await ids({ since: died })).toContain(one)
      expect(await ids({ since: died + 3_600_000 })).toEqual([])
    })

    it('replays a death once: signed, from the first attempt, and off the list', async () => {
      const jr = newJr()
      const id = await dead(jr)
      const death = await deathOf(id)
      expect(await letters.replay([death], 'ann')).toEqual([{ id: String(id), kind: 'done' }])
      expect(await letters.list({ jrName: jr, limit: 10 })).toEqual([])
      expect((await queue.get(id))?.task).toMatchObject({ status: 'assigned', attempts: 0, error: null })
      expect(await letters.look([id])).toMatchObject([{ state: 'replayed', settledBy: 'ann', replays: 1 }])
      expect(await letters.replay([death], 'bob')).toMatchObject([
        { id: String(id), kind: 'replayed', by: 'ann', at: expect.any(Number) as number },
      ])
    })

    it('never replays a later death for an earlier wish', async () => {
      const jr = newJr()
      const id = await dead(jr)
      const death = await deathOf(id)
      await letters.replay([death], 'ann')
      await die(jr, 'again')
      expect(await letters.replay([death], 'ann')).toEqual([{ id: String(id), kind: 'changed' }])
      expect(await statusOf(id)).toBe('failed')
      const [letter] = await letters.list({ jrName: jr, limit: 10 })
      expect(letter).toMatchObject({ replays: 1, settledBy: 'ann', error: 'again' })
      expect(await letters.replay([await deathOf(id)], 'ann')).toEqual([{ id: String(id), kind: 'done' }])
    })

    it('says of each what became of it, in the order given', async () => {
      const jr = newJr()
      const [alive = taskId(0)] = await queue.add(
        [{ title: 'alive', scheduledAt: Date.UTC(2999, 0, 1) }],
        'ann',
      )
      const [one, two, gone] = [await dead(jr), await dead(jr), await dead(jr)]
      await letters.replay([await deathOf(two)], 'ann')
      await letters.purge([await deathOf(gone)], 'ann')
      const wishes = await Promise.all([alive, one, two, gone].map(deathOf))
      const verdicts = await letters.replay(
        [{ taskId: taskId(999_999_999), version: 0 }, ...wishes.toReversed()],
        'bob',
      )
      expect(verdicts).toMatchObject([
        { id: '999999999', kind: 'unknown' },
        { id: String(gone), kind: 'purged', by: 'ann' },
        { id: String(two), kind: 'replayed', by: 'ann' },
        { id: String(one), kind: 'done' },
        { id: String(alive), kind: 'alive', status: 'scheduled' },
      ])
      expect(await letters.replay([], 'bob')).toEqual([])
    })

    it('purges a death once: row and attempts are gone, who did it is known', async () => {
      const jr = newJr()
      const id = await dead(jr)
      const death = await deathOf(id)
      expect(await letters.purge([death], 'ann')).toEqual([{ id: String(id), kind: 'done' }])
      expect(await queue.get(id)).toBeNull()
      expect(await letters.look([id])).toMatchObject([{ state: 'purged', settledBy: 'ann', status: null }])
      expect(await letters.purge([death], 'ann')).toMatchObject([
        { id: String(id), kind: 'purged', by: 'ann' },
      ])
    })

    it('purges nothing that is alive again', async () => {
      const jr = newJr()
      const id = await dead(jr)
      const death = await deathOf(id)
      await queue.retry(id, 'cat')
      expect(await letters.purge([death], 'ann')).toMatchObject([{ kind: 'replayed', by: 'cat' }])
      expect(await statusOf(id)).toBe('assigned')
    })
  })
}
