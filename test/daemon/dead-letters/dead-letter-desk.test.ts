import { beforeEach, describe, expect, it } from 'vitest'
import type { DeadLetterDesk } from '../../../src/api/dead-letters.ts'
import { createDeadLetterDesk } from '../../../src/daemon/dead-letters/dead-letter-desk.ts'
import { deadLetterOfTask, type DeadLetter } from '../../../src/domain/dead-letter.ts'
import { jrName, nodeId, taskId, type TaskId } from '../../../src/domain/ids.ts'
import { OperationalError } from '../../../src/errors.ts'
import type { DeadLetterBook, DeadLetters } from '../../../src/ports/dead-letters.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeDeadLetterBook } from '../../fakes/dead-letter-book.ts'
import { fakeDeadLetters } from '../../fakes/dead-letters.ts'
import { fakeTaskQueue, type FakeTaskQueue } from '../../fakes/task-queue.ts'

const away = new OperationalError('gone', { code: 'db.unreachable', retryable: true })

describe('the desk for dead letters', () => {
  let queue: FakeTaskQueue
  let letters: DeadLetters
  let book: DeadLetterBook
  let desk: DeadLetterDesk
  beforeEach(() => {
    const clock = fakeClock()
    queue = fakeTaskQueue(clock)
    letters = fakeDeadLetters(queue)
    book = fakeDeadLetterBook()
    desk = createDeadLetterDesk({ letters, queue, book, nowMs: () => 42 })
  })

  const dead = async (): Promise<TaskId> => {
    const [id = taskId(0)] = await queue.add([{ title: 'a task', description: 'words' }], 'ann')
    queue.writeForeign(id, { status: 'failed', error: 'no luck', attempts: 4 })
    for (const letter of await letters.look([id])) book.keep([{ ...letter, department: 'science' }])
    return id
  }
  const deadWorker = (): DeadLetter =>
    book.add({
      kind: 'worker',
      title: 'it_triad_jr',
      jrName: jrName('it_triad_jr'),
      nodeId: nodeId('node'),
      error: 'gave up',
      diedAt: 7,
      attempts: 5,
      maxAttempts: null,
      replays: 0,
      department: null,
      schedule: null,
      lastHealthCheckAt: null,
      payload: null,
    })
  const ids = async (filter: object = {}) =>
    (await desk.list({ limit: 10, ...filter })).letters.map(({ id }) => id)

  it("lists the queue's tasks with this node's own, which come on the first page alone", async () => {
    const task = await dead()
    const worker = deadWorker()
    expect(await ids()).toEqual([worker.id, String(task)])
    expect(await ids({ before: taskId(task + 1) })).toEqual([String(task)])
    expect(await ids({ kinds: ['worker'] })).toEqual([worker.id])
    expect(await ids({ kinds: ['task'] })).toEqual([String(task)])
  })

  it('answers from the book while the queue is away, and says so', async () => {
    const task = await dead()
    queue.failure = away
    expect(await desk.list({ limit: 10 })).toMatchObject({ letters: [{ taskId: task }], copyBecause: 'gone' })
    expect(await desk.get(deadLetterOfTask(task))).toMatchObject({
      letter: { error: 'no luck' },
      detail: null,
    })
  })

  it('remembers of a replayed and of a purged task what it died of', async () => {
    const [replayed, purged] = [await dead(), await dead()]
    const wish = async (id: TaskId) => (await desk.look([deadLetterOfTask(id)]))[0]
    for (const id of [replayed, purged]) {
      const letter = await wish(id)
      if (letter !== undefined) await desk[id === replayed ? 'replay' : 'purge']([letter], 'ann')
    }
    expect(await desk.get(deadLetterOfTask(replayed))).toMatchObject({
      letter: { state: 'replayed', error: 'no luck', department: 'science', settledBy: 'ann' },
      detail: { task: { status: 'pending' } },
    })
    expect(await desk.get(deadLetterOfTask(purged))).toMatchObject({
      letter: { state: 'purged', title: 'a task', error: 'no luck', attempts: 4 },
      detail: null,
    })
  })

  it('replays a worker of its own by starting it, once; one that would not start stays dead', async () => {
    const asked: string[] = []
    let refusal: { reason: string; next: string } | null = {
      reason: 'it is paused',
      next: 'jrctl workers resume',
    }
    desk = createDeadLetterDesk({
      letters,
      queue,
      book,
      nowMs: () => 42,
      revive: async (letter, by) => {
        asked.push(`${letter.jrName} by ${by}`)
        return refusal
      },
    })
    const worker = deadWorker()
    expect(await desk.replay([worker], 'ann')).toEqual([{ id: worker.id, kind: 'refused', ...refusal }])
    expect(book.get(worker.id)?.state).toBe('dead')
    refusal = null
    expect(await desk.replay([worker], 'ann')).toEqual([{ id: worker.id, kind: 'done' }])
    expect(await desk.replay([worker], 'bob')).toEqual([
      { id: worker.id, kind: 'replayed', at: 42, by: 'ann' },
    ])
    expect(asked).toEqual(['it_triad_jr by ann', 'it_triad_jr by ann'])
  })

  it('purges a worker of its own once, and says how one is started where nobody can replay it', async () => {
    const worker = deadWorker()
    const task = await dead()
    const [letter] = await desk.look([deadLetterOfTask(task)])
    const wishes = [worker, ...(letter === undefined ? [] : [letter])]
    expect(await desk.replay(wishes, 'ann')).toEqual([
      {
        id: worker.id,
        kind: 'refused',
        reason: 'a worker is started by a daemon, and none is there',
        next: 'jrctl workers start "it_triad_jr"',
      },
      { id: String(task), kind: 'done' },
    ])
    expect(await desk.purge([worker], 'ann')).toEqual([{ id: worker.id, kind: 'done' }])
    expect(await desk.purge([worker], 'bob')).toEqual([{ id: worker.id, kind: 'purged', at: 42, by: 'ann' }])
  })

  it('knows of tasks only where there is no book', async () => {
    const alone = createDeadLetterDesk({ letters, queue, book: null, nowMs: () => 42 })
    const task = await dead()
    const worker = deadWorker()
    expect((await alone.list({ limit: 10 })).letters.map(({ id }) => id)).toEqual([String(task)])
    expect(await alone.get(worker.id)).toBeNull()
    expect(await alone.purge([worker], 'ann')).toEqual([{ id: worker.id, kind: 'unknown' }])
    queue.failure = away
    await expect(alone.list({ limit: 10 })).rejects.toBe(away)
  })
})
