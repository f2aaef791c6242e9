import { beforeEach, describe, expect, it } from 'vitest'
import { createDeadLetterProjection } from '../../../src/daemon/dead-letters/dead-letter-projection.ts'
import type { DeadLetterProjection } from '../../../src/daemon/dead-letters/dead-letter-projection.ts'
import { deadLetterOfTask } from '../../../src/domain/dead-letter.ts'
import { instanceId, jrName, nodeId, taskId, type TaskId } from '../../../src/domain/ids.ts'
import type { DeadLetterBook, DeadLetters } from '../../../src/ports/dead-letters.ts'
import type { TaskEventRecord } from '../../../src/ports/task-queue.ts'
import { fakeClock, type FakeClock } from '../../fakes/clock.ts'
import { fakeDeadLetterBook } from '../../fakes/dead-letter-book.ts'
import { fakeDeadLetters } from '../../fakes/dead-letters.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { fakeTaskQueue, type FakeTaskQueue } from '../../fakes/task-queue.ts'
import { claimOne } from '../../support/claim.ts'

const jr = jrName('Research Jr.')

describe('the copy of the dead letters', () => {
  let clock: FakeClock
  let queue: FakeTaskQueue
  let letters: DeadLetters
  let book: DeadLetterBook
  let projection: DeadLetterProjection
  beforeEach(() => {
    clock = fakeClock()
    queue = fakeTaskQueue(clock)
    letters = fakeDeadLetters(queue)
    book = fakeDeadLetterBook()
    projection = createDeadLetterProjection({
      letters,
      book,
      departmentOf: (name) => (name === jr ? 'science' : null),
      database: { settled: () => {} },
      clock,
      logger: fakeLogger(),
    })
  })

  const die = async (error: string): Promise<void> => {
    const claimed = await claimOne(queue, {
      jrNames: [jr],
      acceptUnassigned: false,
      instanceId: instanceId('i'),
      nodeId: nodeId('n'),
      leaseMs: 60_000,
    })
    if (claimed !== null) await queue.fail(claimed.lease, { kind: 'final', error })
  }
  const dead = async (error = 'no luck'): Promise<TaskId> => {
    const [id = taskId(0)] = await queue.add([{ title: 'a task', assignedJr: jr }], 'ann')
    await die(error)
    return id
  }
  const replay = async (id: TaskId, by: string) => {
    const [letter] = await letters.look([id])
    await letters.replay([{ taskId: id, version: letter?.version ?? 0 }], by)
  }
  const allEvents = async (): Promise<TaskEventRecord[]> =>
    (await queue.events({ id: 0, gaps: [] }, 10_000)).events
  const kept = (id: TaskId) => book.get(deadLetterOfTask(id))

  it('follows a task from its death to its replay to its next death', async () => {
    const id = await dead()
    await projection.keep(await allEvents())
    expect(kept(id)).toMatchObject({ state: 'dead', error: 'no luck', department: 'science', replays: 0 })
    await replay(id, 'ann')
    await projection.keep(await allEvents())
    expect(kept(id)).toMatchObject({ state: 'replayed', error: 'no luck', settledBy: 'ann', replays: 1 })
    await die('again')
    await projection.keep(await allEvents())
    expect(kept(id)).toMatchObject({ state: 'dead', error: 'again', settledBy: 'ann', replays: 1 })
  })

  it('knows what a task died of that was replayed before it looked', async () => {
    const id = await dead('gone in a blink')
    await replay(id, 'ann')
    await projection.keep(await allEvents())
    expect(kept(id)).toMatchObject({ state: 'replayed', error: 'gone in a blink', replays: 1 })
  })

  it('comes to the same, whatever is read again, late or in other pages', async () => {
    const id = await dead()
    await projection.keep(await allEvents())
    await replay(id, 'ann')
    const events = await allEvents()
    await projection.keep(events)
    const once = kept(id)
    for (const event of events.toReversed()) await projection.keep([event])
    await projection.keep(events)
    expect(kept(id)).toEqual(once)
  })

  it('knows a purge and who did it', async () => {
    const id = await dead()
    await projection.keep(await allEvents())
    const [letter] = await letters.look([id])
    await letters.purge([{ taskId: id, version: letter?.version ?? 0 }], 'ann')
    await projection.keep((await allEvents()).slice(-1))
    expect(kept(id)).toMatchObject({ state: 'purged', settledBy: 'ann', title: 'a task', error: 'no luck' })
  })

  it('asks the queue nothing about events that concern no dead letter', async () => {
    await queue.add([{ title: 'alive' }], 'ann')
    queue.failure = new Error('nobody should ask')
    await projection.keep([
      {
        id: 1,
        taskId: taskId(1),
        version: 1,
        at: 0,
        kind: 'inserted',
        from: null,
        to: 'pending',
        jrName: null,
        actor: 'ann',
        changes: {},
        attemptOutcome: null,
      },
    ])
    expect(book.list({ limit: 10 })).toEqual([])
  })

  it('finds in the queue what no event told, and lets go of what is no longer dead', async () => {
    const silent = await dead()
    const replayed = await dead()
    await projection.keep(await allEvents())
    const untold = await dead('before there were events')
    await replay(replayed, 'ann')
    await projection.reconcile.runNow()
    expect(kept(untold)).toMatchObject({ state: 'dead', error: 'before there were events' })
    expect(kept(replayed)).toMatchObject({ state: 'replayed', settledBy: 'ann' })
    expect(kept(silent)).toMatchObject({ state: 'dead' })
    await projection.reconcile.stop()
  })

  it('forgets what another queue had under the same ids, and copies anew from the one that is there', async () => {
    const [letter] = await letters.look([await dead('of the queue that is there')])
    if (letter === undefined) throw new Error('no letter')
    book.keep([{ ...letter, version: 900, error: 'of another queue' }])
    projection.reconcile.start()
    await clock.advance(10)
    expect(book.get(letter.id)).toMatchObject({ error: 'of another queue' })
    projection.forget()
    await clock.advance(1_000)
    expect(book.get(letter.id)).toMatchObject({ error: 'of the queue that is there' })
    await projection.reconcile.stop()
  })
})
