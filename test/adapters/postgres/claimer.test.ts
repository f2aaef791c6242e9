import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClaimer } from '../../../src/adapters/postgres/claimer.ts'
import type { Database } from '../../../src/adapters/postgres/connect.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import { instanceId, jrName, nodeId } from '../../../src/domain/ids.ts'
import { OperationalError } from '../../../src/errors.ts'
import type { ClaimRequest, NewTask } from '../../../src/ports/task-queue.ts'
import { queueDatabase, type QueueDatabase } from './support/queue-database.ts'

/** Anything is slow: claims begin where the last one ended. */
const everythingIsSlow = -1_000_000

describe('claims that begin where the last one ended', () => {
  let database: QueueDatabase
  let fresh = 0
  beforeAll(async () => {
    database = await queueDatabase()
  })
  afterAll(() => database.dispose())

  function line() {
    const jr = jrName(`Jr. ${(fresh += 1)}`)
    const queue = createTaskQueue(database.db)
    const claim = createClaimer(database.db, everythingIsSlow)
    const add = (titles: readonly string[], more: Partial<NewTask> = {}) =>
      queue.add(
        titles.map((title) => ({ title, assignedJr: jr, ...more })),
        'tester',
      )
    const request = (count: number): ClaimRequest => ({
      jrNames: [jr],
      acceptUnassigned: false,
      instanceId: instanceId('i'),
      nodeId: nodeId('n'),
      leaseMs: 60_000,
      keyHashes: Array.from({ length: count }, (_, index) => `k${index}`),
    })
    return { queue, add, claim: async (count: number) => await claim(request(count)) }
  }
  const titlesOf = (claims: { task: { title: string } }[]) => claims.map(({ task }) => task.title)

  it('take everything once, in order, with keys of their own', async () => {
    const { add, claim } = line()
    await add(['a', 'b', 'c', 'd', 'e'])
    expect(titlesOf(await claim(2))).toEqual(['a', 'b'])
    expect(titlesOf(await claim(2))).toEqual(['c', 'd'])
    expect(titlesOf(await claim(2))).toEqual(['e'])
    expect(await claim(2)).toEqual([])
  })

  it('begin at the head again when only one of them was slow', async () => {
    const { add, claim } = line()
    await add(['a', 'b'])
    await claim(1)
    await add(['important'], { priority: 1 })
    expect(titlesOf(await claim(1))).toEqual(['important'])
  })

  it('find what came to stand before that place, at the latest when there is nothing behind it', async () => {
    const { add, claim } = line()
    await add(['a', 'b'])
    await claim(2)
    await add(['important'], { priority: 1 })
    await add(['last'])
    const claims = await claim(3)
    expect(titlesOf(claims).sort()).toEqual(['important', 'last'])
    expect(claims.map(({ keyHash }) => keyHash)).toEqual(['k0', 'k1'])
  })

  it('take urgent tasks first wherever they stand', async () => {
    const { add, claim } = line()
    await add(['a', 'b', 'c'])
    await claim(1)
    await add(['urgent'], { urgent: true })
    expect(titlesOf(await claim(1))).toEqual(['urgent'])
    expect(titlesOf(await claim(2))).toEqual(['b', 'c'])
  })

  it('walk over the claimed of an old transaction only now and then', async () => {
    const { add, claim } = line()
    await add(Array.from({ length: 1_000 }, (_, index) => `t ${index}`))
    const pin = await database.db.dedicated({ queryTimeoutMs: 60_000, statementTimeoutMs: 60_000 })
    try {
      await pin.query('begin isolation level repeatable read')
      await pin.query('select 1')
      await claim(900)
      const before = await entriesRead(database.db)
      for (let round = 0; round < 10; round += 1) expect(await claim(1)).toHaveLength(1)
      const after = await entriesRead(database.db)
      // From the head each of the ten would have read the 900 that are claimed, twice.
      expect(after - before).toBeLessThan(2_000)
    } finally {
      await pin.end()
    }
  })
})

describe('a look from the head that takes longer than a statement may', () => {
  it('stops no claim that knows another place to begin at, and is not tried again at once', async () => {
    const asked: boolean[] = []
    let isEndless = false
    const db = {
      query: (_: string, values: readonly unknown[]) => {
        const isFromHead = (values[5] as number[])[1] === 0
        asked.push(isFromHead)
        if (isFromHead && isEndless)
          return Promise.reject(new OperationalError('slow', { code: 'db.timeout', retryable: true }))
        return Promise.resolve([rowAt(asked.length)])
      },
    } as unknown as Database
    const claim = createClaimer(db, everythingIsSlow)
    const request = {
      jrNames: [jrName('Jr.')],
      acceptUnassigned: false,
      instanceId: instanceId('i'),
      nodeId: nodeId('n'),
      leaseMs: 1,
      keyHashes: ['k'],
    }
    expect(await claim(request)).toHaveLength(1)
    isEndless = true
    expect(await claim(request)).toHaveLength(1)
    expect(await claim(request)).toHaveLength(1)
    expect(asked.splice(0)).toEqual([true, true, false, false])
    // Nothing is behind that place: it looks from the head, in vain, and says that it found nothing.
    const none = { ...request, keyHashes: ['k', 'l'] }
    expect(await claim(none)).toHaveLength(1)
    expect(asked).toEqual([false, true])
  })
})

/** As much of a claimed row as the claimer looks at. */
const rowAt = (id: number) => ({
  id,
  status: 'in_progress',
  tags: [],
  assigned_jr: 'Jr.',
  nth: 1,
  line: 'Jr.',
  rank: 1,
  place_sacred: 0,
  place_priority: 5,
  place_created_at: '2026-01-01',
})

/** Of the index of ready tasks, by all sessions. */
async function entriesRead(db: Database): Promise<number> {
  await db.query('select pg_stat_force_next_flush()')
  const [row] = await db.query<{ read: number }>(
    `select idx_tup_read as read from pg_stat_user_indexes where indexrelname = 'jr_work_queue_ready'`,
  )
  return row?.read ?? 0
}
