import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as fc from 'fast-check'
import { bounded, newGaps, remainingGaps } from '../../../src/adapters/postgres/event-gaps.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import type { EventCursor, TaskEventRecord, TaskQueue } from '../../../src/ports/task-queue.ts'
import { queueDatabase, type QueueDatabase } from './support/queue-database.ts'

describe('gaps', () => {
  it('with what was seen make up every id, neither twice', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.uniqueArray(fc.integer({ min: 51, max: 120 })), (after, ids) => {
        const seen = ids.toSorted((one, other) => one - other)
        const gaps = newGaps(after, seen, '7')
        const covered = [...seen, ...gaps.flatMap(idsOf)].toSorted((one, other) => one - other)
        const last = seen.at(-1) ?? after
        expect(covered).toEqual(range(after + 1, last))
      }),
    )
  })

  it('shrink by what is seen in them, and vanish when settled as far as was looked', () => {
    const gaps = [{ id: 10, through: 19, seenBeforeXid: '7' }]
    expect(remainingGaps(gaps, [10, 14, 15], 100, () => false)).toEqual([
      { id: 11, through: 13, seenBeforeXid: '7' },
      { id: 16, through: 19, seenBeforeXid: '7' },
    ])
    expect(remainingGaps(gaps, [10, 14, 15], 15, () => true)).toEqual([
      { id: 16, through: 19, seenBeforeXid: '7' },
    ])
    expect(remainingGaps(gaps, [], 100, () => true)).toEqual([])
  })

  it('too many are joined, the oldest first, and none is let go', () => {
    const gaps = [
      { id: 1, seenBeforeXid: '7' },
      { id: 5, through: 6, seenBeforeXid: '10' },
      { id: 9, seenBeforeXid: '9' },
      { id: 20, seenBeforeXid: '11' },
    ]
    expect(bounded(gaps, 4)).toEqual(gaps)
    expect(bounded(gaps, 2)).toEqual([
      { id: 1, through: 9, seenBeforeXid: '10' },
      { id: 20, seenBeforeXid: '11' },
    ])
  })
})

describe('reading events beside other writers', () => {
  let database: QueueDatabase
  let queue: TaskQueue
  beforeAll(async () => {
    database = await queueDatabase()
    queue = createTaskQueue(database.db)
  })
  afterAll(() => database.dispose())

  /** Inserts in a transaction that stays open until told. */
  const holdOpen = async (title: string) => {
    const { promise: written, resolve: tellWritten } = Promise.withResolvers<void>()
    const { promise: ending, resolve: end, reject: abort } = Promise.withResolvers<void>()
    const over = database.db.transaction(async (tx) => {
      await tx.query(`insert into jr_work_queue (title) values ($1)`, [title])
      tellWritten()
      await ending
    })
    await written
    return {
      async commit() {
        end()
        await over
      },
      async rollBack() {
        abort(new Error('rolled back'))
        await over.catch(() => undefined)
      },
    }
  }

  /** Reads until no gap is left. One is kept while any transaction of its time lives, and the server's other databases have some. */
  const settled = async (from: EventCursor) => {
    const events: TaskEventRecord[] = []
    let cursor = from
    await expect
      .poll(
        async () => {
          const found = await queue.events(cursor, 1_000)
          events.push(...found.events)
          cursor = found.cursor
          return cursor.gaps
        },
        { timeout: 30_000 },
      )
      .toEqual([])
    return { events, cursor }
  }
  const settledStart = async () => (await settled(await queue.latestCursor())).cursor

  it('misses no late commit behind more rollbacks than can be remembered', async () => {
    let { cursor } = await drain(queue, await queue.latestCursor())
    const long = await holdOpen('late')
    for (let round = 0; round < 12; round += 1) {
      // A hundred rollbacks, each of which leaves a hole before the next event.
      await database.db.query(`do $$ begin for i in 1..100 loop
        begin
          insert into jr_work_queue (title) values ('undone');
          raise exception 'no';
        exception when others then null;
        end;
        insert into jr_work_queue (title) values ('kept');
      end loop; end $$`)
      cursor = (await queue.events(cursor, 1_000)).cursor
    }
    expect(cursor.gaps.length).toBeLessThanOrEqual(1_000)
    await long.commit()
    const { events } = await drain(queue, cursor)
    expect(events.map(({ changes }) => changes['title'])).toContain('late')
  })

  it('neither waits for an open transaction nor misses it when it commits late', async () => {
    const start = await settledStart()
    const late = await holdOpen('late')
    const [id] = await queue.add([{ title: 'early' }], 'tester')
    const first = await queue.events(start, 100)
    expect(first.events.map((event) => event.taskId)).toEqual([id])
    expect(first.cursor.gaps).toHaveLength(1)
    const second = await queue.events(first.cursor, 100)
    expect(second.events).toEqual([])
    expect(second.cursor.gaps).toHaveLength(1)
    await late.commit()
    const third = await settled(JSON.parse(JSON.stringify(second.cursor)) as EventCursor)
    expect(third.events.map((event) => event.changes['title'])).toEqual(['late'])
    expect((await queue.events(third.cursor, 100)).events).toEqual([])
  })

  it('lets a gap go once its writer rolled back', async () => {
    const start = await settledStart()
    const doomed = await holdOpen('doomed')
    await queue.add([{ title: 'kept' }], 'tester')
    const first = await queue.events(start, 100)
    expect(first.cursor.gaps).toHaveLength(1)
    await doomed.rollBack()
    expect((await settled(first.cursor)).events).toEqual([])
  })

  it('sees a transaction that was open when the cursor was made', async () => {
    const open = await holdOpen('was open')
    await queue.add([{ title: 'committed' }], 'tester')
    const cursor = await queue.latestCursor()
    await open.commit()
    const { events } = await queue.events(cursor, 100)
    expect(events.map((event) => event.changes['title'])).toEqual(['was open'])
  })

  it('reads a long late transaction in pages, nothing twice', async () => {
    const start = await settledStart()
    const { promise: written, resolve: tellWritten } = Promise.withResolvers<void>()
    const { promise: ending, resolve: end } = Promise.withResolvers<void>()
    const over = database.db.transaction(async (tx) => {
      await tx.query(`insert into jr_work_queue (title) select 'bulk ' || n from generate_series(1, 25) n`)
      tellWritten()
      await ending
    })
    await written
    await queue.add([{ title: 'between' }], 'tester')
    let { cursor } = await queue.events(start, 10)
    end()
    await over
    const seen: unknown[] = []
    for (let page = 0; page < 5; page += 1) {
      const answer = await queue.events(cursor, 10)
      seen.push(...answer.events.map((event) => event.changes['title']))
      cursor = answer.cursor
    }
    expect(seen).toEqual(range(1, 25).map((n) => `bulk ${n}`))
    expect((await settled(cursor)).events).toEqual([])
  })

  it('names large values by their size only', async () => {
    const start = await queue.latestCursor()
    await queue.add([{ title: 't', description: 'x'.repeat(5000) }], 'tester')
    const [event] = (await queue.events(start, 1)).events
    expect(event?.changes['description']).toEqual({ bytes: 5000 })
  })
})

function idsOf(gap: { id: number; through?: number }): number[] {
  return range(gap.id, gap.through ?? gap.id)
}

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index)
}

async function drain(
  queue: TaskQueue,
  from: EventCursor,
): Promise<{ events: TaskEventRecord[]; cursor: EventCursor }> {
  const events: TaskEventRecord[] = []
  let cursor = from
  for (let passes = 0; passes < 100; passes += 1) {
    const found = await queue.events(cursor, 1_000)
    events.push(...found.events)
    if (JSON.stringify(found.cursor) === JSON.stringify(cursor)) break
    cursor = found.cursor
  }
  return { events, cursor }
}
