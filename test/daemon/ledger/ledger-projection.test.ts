import { describe, expect, it } from 'vitest'
import { createLedgerProjection, entryOf } from '../../../src/daemon/ledger/ledger-projection.ts'
import { replayLedger } from '../../../src/domain/ledger-replay.ts'
import { taskId } from '../../../src/domain/ids.ts'
import { OperationalError } from '../../../src/errors.ts'
import type { EventCursor, TaskEventRecord } from '../../../src/ports/task-queue.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeLedger } from '../../fakes/ledger.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { fakeQueueIdentity } from '../../fakes/queue-identity.ts'
import { fakeStateStore } from '../../fakes/state-store.ts'

function event(id: number, changes: Partial<TaskEventRecord> = {}): TaskEventRecord {
  return {
    id,
    taskId: taskId(7),
    version: id,
    at: 1_000,
    kind: 'updated',
    from: 'pending',
    to: 'in_progress',
    jrName: null,
    actor: 'sql:psql',
    changes: {},
    attemptOutcome: null,
    ...changes,
  }
}

function setUp(events: TaskEventRecord[], keep?: (batch: readonly TaskEventRecord[]) => Promise<void>) {
  const clock = fakeClock()
  const ledger = fakeLedger(clock)
  const store = fakeStateStore()
  const asked: EventCursor[] = []
  const identity = fakeQueueIdentity()
  const logger = fakeLogger()
  let changes = 0
  const projection = createLedgerProjection({
    feed: {
      latestCursor: () => Promise.resolve({ id: 0, gaps: [] }),
      events(cursor, limit) {
        asked.push(cursor)
        const page = events.filter(({ id }) => id > cursor.id).slice(0, limit)
        return Promise.resolve({ events: page, cursor: { id: page.at(-1)?.id ?? cursor.id, gaps: [] } })
      },
    },
    identity,
    changed: () => void (changes += 1),
    ledger,
    store,
    database: { up: true, lastError: null, settled() {} },
    clock,
    logger,
    ...(keep === undefined ? {} : { keep }),
  })
  return { projection, ledger, store, asked, identity, logger, changes: () => changes }
}

describe('the ledger projection', () => {
  it('copies a long backlog page by page and remembers where it stands', async () => {
    const { projection, ledger, asked } = setUp(Array.from({ length: 1_200 }, (_, index) => event(index + 1)))
    await projection.runNow()
    expect(ledger.read({ limit: 2_000 })).toHaveLength(1_200)
    expect(asked.map(({ id }) => id)).toEqual([0, 500, 1_000])
    await projection.runNow()
    expect(asked.at(-1)?.id).toBe(1_200)
    await projection.stop()
  })

  it('keeps an event once when a crash makes it read again', async () => {
    const { projection, ledger, store } = setUp([event(1), event(2)])
    await projection.runNow()
    store.put('events.cursor', { id: 0, gaps: [] })
    await projection.runNow()
    expect(ledger.read({ limit: 10 })).toHaveLength(2)
    await projection.stop()
  })

  it('brings a batch again to the other copy that refused it, and moves on once it is kept', async () => {
    const batches: number[][] = []
    let isRefusing = true
    const { projection, ledger, store, identity } = setUp([event(1), event(2)], async (batch) => {
      batches.push(batch.map(({ id }) => id))
      if (isRefusing) throw new OperationalError('disk full', { code: 'state.full', retryable: true })
    })
    await projection.runNow()
    expect(store.get('events.cursor')).toBeUndefined()
    isRefusing = false
    await projection.runNow()
    expect(batches).toEqual([
      [1, 2],
      [1, 2],
    ])
    expect(store.get('events.cursor')).toEqual({ id: 2, gaps: [], queue: identity.id })
    expect(ledger.read({ limit: 10 })).toHaveLength(2)
    await projection.stop()
  })

  it('begins anew in another queue, says so, and comes back to the first without keeping anything twice', async () => {
    const first = [event(1, { kind: 'inserted' }), event(2), event(3)]
    const second = [event(1, { kind: 'inserted', to: 'scheduled' })]
    const present = [...first]
    const { projection, ledger, identity, logger, changes } = setUp(present)
    const become = async (id: string, events: TaskEventRecord[]) => {
      identity.id = id
      identity.newestEventId = events.length
      present.splice(0, present.length, ...events)
      await projection.runNow()
    }
    await projection.runNow()
    await become('bbbbbbbb-0', second)
    expect(ledger.read({ limit: 2 })).toMatchObject([
      {
        eventType: 'daemon.queue_changed',
        level: 'warn',
        data: { queue: 'bbbbbbbb', reason: 'another', from: 'aaaaaaaa' },
      },
      { eventType: 'task.inserted', dedupeKey: 'task:bbbbbbbb:7:1', data: { queue: 'bbbbbbbb' } },
    ])
    expect(logger.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: expect.stringContaining('is another') as string }),
    )
    expect(changes()).toBe(1)
    expect(replayLedger(ledger.entries)).toMatchObject([{ version: 1, status: 'scheduled', missing: [] }])
    await become('aaaaaaaa-0', first)
    expect(ledger.read({ type: 'task.*', limit: 10 })).toHaveLength(4)
    expect(replayLedger(ledger.entries)).toMatchObject([
      { version: 3, status: 'in_progress', complete: true },
    ])
    await projection.stop()
  })

  it('keeps what a queue that was set back does anew, though ids and versions are the same', async () => {
    const present = [event(1, { kind: 'inserted' }), event(2), event(3, { to: 'completed' })]
    const { projection, ledger, identity, store } = setUp(present)
    await projection.runNow()
    identity.newestEventId = 2
    present.splice(2, 1)
    await projection.runNow()
    expect(ledger.read({ type: 'daemon.*', limit: 10 })).toMatchObject([
      { data: { queue: 'aaaaaaaa.1', reason: 'set back', readUpTo: 3, newest: 2 } },
    ])
    present.push(event(3, { to: 'cancelled' }))
    identity.newestEventId = 3
    await projection.runNow()
    expect(replayLedger(ledger.entries)).toMatchObject([{ version: 3, status: 'cancelled', complete: true }])
    expect(store.get('events.cursor')).toMatchObject({ id: 3, queue: identity.id })
    await projection.stop()
  })
})

describe('an entry of a task event', () => {
  it.each<[Partial<TaskEventRecord>, object]>([
    [
      { kind: 'inserted', from: null, to: 'pending' },
      { eventType: 'task.inserted', level: 'info', message: 'task 7 was inserted as pending' },
    ],
    [{}, { eventType: 'task.status_changed', message: 'task 7 went from pending to in_progress' }],
    [
      { from: 'in_progress', to: 'failed' },
      { eventType: 'task.status_changed', level: 'error' },
    ],
    [
      { from: 'in_progress', to: 'completed', attemptOutcome: 'foreign' },
      { message: expect.stringContaining('by foreign SQL') as string },
    ],
    [
      { from: 'pending', changes: { priority: 1 }, to: 'pending' },
      { eventType: 'task.updated', message: 'task 7 changed: priority' },
    ],
    [
      { kind: 'deleted', to: null },
      { eventType: 'task.deleted', message: 'task 7 was deleted' },
    ],
  ])('%j', (changes, expected) => {
    expect(entryOf(event(3, changes), 'aaaaaaaa')).toMatchObject({
      ...expected,
      dedupeKey: 'task:aaaaaaaa:7:3',
      actor: 'sql:psql',
    })
  })
})
