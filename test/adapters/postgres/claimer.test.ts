import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { claimerLimits, createClaimer, type ClaimerLimits } from '../../../src/adapters/postgres/claimer.ts'
import type { Database } from '../../../src/adapters/postgres/connect.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import { instanceId, jrName, nodeId } from '../../../src/domain/ids.ts'
import { OperationalError } from '../../../src/errors.ts'
import type { ClaimRequest, NewTask } from '../../../src/ports/task-queue.ts'
import { queueDatabase, type QueueDatabase } from './support/queue-database.ts'

/** Any way is long, and the first claim looks: from there on they begin where the last look or claim ended. */
const everythingIsLong = { longWay: -1, lookAfterTasks: 0 }

describe('claims that begin where the last one ended', () => {
  let database: QueueDatabase
  let fresh = 0
  beforeAll(async () => {
    database = await queueDatabase()
  })
  afterAll(() => database.dispose())

  function line(limits: ClaimerLimits = everythingIsLong) {
    const jr = jrName(`Jr. ${(fresh += 1)}`)
    const queue = createTaskQueue(database.db)
    const time = tickingTime()
    const claim = createClaimer(database.db, limits, time.now)
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
    return { time, add, claim: async (count: number) => await claim(request(count)) }
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

  /** Three tasks claimed one by one: the first claim looks, the others begin where the one before ended. */
  async function longLine() {
    const made = line()
    await made.add(['a', 'b', 'c'])
    for (const title of ['a', 'b', 'c']) expect(titlesOf(await made.claim(1))).toEqual([title])
    return made
  }

  it('begin at the head where the way is short, however busy the machine', async () => {
    const { add, claim } = line({ ...claimerLimits, lookAfterTasks: 0 })
    await add(['a', 'b'])
    await claim(1)
    await add(['important'], { priority: 1 })
    expect(titlesOf(await claim(1))).toEqual(['important'])
  })

  it('leave what came to stand before that place to the next look', async () => {
    const { add, claim, time } = await longLine()
    await add(['later', 'last'])
    await add(['important'], { priority: 1 })
    expect(titlesOf(await claim(1))).toEqual(['later'])
    time.pass(lookRestMs)
    expect(titlesOf(await claim(1))).toEqual(['important'])
    expect(titlesOf(await claim(1))).toEqual(['last'])
  })

  it('look at once when there is too little behind that place', async () => {
    const { add, claim } = await longLine()
    await add(['important'], { priority: 1 })
    await add(['last'])
    const claims = await claim(3)
    expect(titlesOf(claims)).toEqual(['last', 'important'])
    expect(claims.map(({ keyHash }) => keyHash)).toEqual(['k0', 'k1'])
  })

  it('begin at the head for a task without a time of its own, before which there is no place', async () => {
    const { add, claim } = await longLine()
    const [id] = await add(['timeless'])
    await database.db.query('update jr_work_queue set created_at = null where id = $1', [id])
    expect(titlesOf(await claim(1))).toEqual(['timeless'])
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
    const { add, claim } = line(claimerLimits)
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

describe('a look that takes longer than a statement may', () => {
  it('stops no claim that knows another place to begin at, and is not tried again at once', async () => {
    const asked: string[] = []
    let isEndless = false
    const db = {
      query: (_: string, values: readonly unknown[], name: string) => {
        const isLook = name === 'jr_first_in_line'
        const isFromHead = isLook || (values[5] as number[])[1] === 0
        asked.push(isLook ? 'look' : isFromHead ? 'claim from the head' : 'claim from a place')
        if (isFromHead && isEndless)
          return Promise.reject(new OperationalError('slow', { code: 'db.timeout', retryable: true }))
        return Promise.resolve([isLook ? firstAt(asked.length) : rowAt(asked.length)])
      },
    } as unknown as Database
    const time = tickingTime()
    const claim = createClaimer(db, everythingIsLong, time.now)
    const request = {
      jrNames: [jrName('Jr.')],
      acceptUnassigned: false,
      instanceId: instanceId('i'),
      nodeId: nodeId('n'),
      leaseMs: 1,
      keyHashes: ['k'],
    }
    expect(await claim(request)).toHaveLength(1)
    expect(asked.splice(0)).toEqual(['look', 'claim from a place'])
    isEndless = true
    time.pass(lookRestMs)
    expect(await claim(request)).toHaveLength(1)
    expect(await claim(request)).toHaveLength(1)
    expect(asked.splice(0)).toEqual(['look', 'claim from a place', 'claim from a place'])
    // There is too little behind that place: it looks, in vain, and answers what it found.
    const more = { ...request, keyHashes: ['k', 'l'] }
    expect(await claim(more)).toHaveLength(1)
    expect(asked).toEqual(['claim from a place', 'look'])
  })
})

/** Each look at it is a millisecond later, so that a look takes one, and the next is due twenty later. */
function tickingTime() {
  let ms = 0
  return { now: () => (ms += 1), pass: (byMs: number) => (ms += byMs) }
}
const lookRestMs = 20

const firstAt = (id: number) => ({
  line: 'Jr.',
  sacred: 0,
  priority: 5,
  created_at: '2026-01-01',
  id,
  walked: 1,
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
