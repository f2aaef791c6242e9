import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createCompleter } from '../../../src/adapters/postgres/completer.ts'
import type { Database, Queryable } from '../../../src/adapters/postgres/connect.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import { instanceId, jrName, nodeId } from '../../../src/domain/ids.ts'
import type { Lease } from '../../../src/domain/task.ts'
import { OperationalError } from '../../../src/errors.ts'
import { queueDatabase, type QueueDatabase } from './support/queue-database.ts'

const jr = jrName('Research Jr.')

describe('completions that come together', () => {
  let database: QueueDatabase
  let sizes: number[]
  let counting: Database
  beforeAll(async () => {
    database = await queueDatabase()
  })
  afterAll(() => database.dispose())
  beforeEach(() => {
    sizes = []
    counting = countingStatements(database.db, sizes)
  })

  async function claimed(count: number): Promise<Lease[]> {
    const queue = createTaskQueue(database.db)
    await queue.add(
      Array.from({ length: count }, (_, index) => ({ title: `t ${index}`, assignedJr: jr })),
      'tester',
    )
    const claims = await queue.claim({
      jrNames: [jr],
      acceptUnassigned: false,
      instanceId: instanceId('i'),
      nodeId: nodeId('n'),
      leaseMs: 60_000,
      keyHashes: Array.from({ length: count }, () => 'k'),
    })
    return claims.map(({ lease }) => lease)
  }
  const accepted = { accepted: true }

  it('go into few statements, each with a verdict of its own', async () => {
    const leases = await claimed(200)
    const complete = createCompleter(counting, 100)
    const verdicts = await Promise.all(leases.map((lease, index) => complete(lease, { index })))
    expect(verdicts).toEqual(leases.map(() => accepted))
    expect(sizes).toEqual([100, 100])
    const results = await database.db.query<{ result: unknown }>(
      `select result from jr_work_queue where id = any ($1) order by id`,
      [leases.map(({ taskId }) => taskId)],
    )
    expect(results.map(({ result }) => result)).toEqual(leases.map((_, index) => ({ index })))
  })

  it('take nothing from one another: a stale one is refused alone', async () => {
    const [good, stale, other] = await claimed(3)
    if (good === undefined || stale === undefined || other === undefined) throw new Error('nothing to claim')
    await createTaskQueue(database.db).cancel(stale.taskId, 'tester', 'no')
    const complete = createCompleter(counting, 100)
    expect(await Promise.all([good, stale, other].map((lease) => complete(lease, null)))).toEqual([
      accepted,
      { accepted: false, reason: 'cancelled' },
      accepted,
    ])
    expect(sizes).toEqual([3])
  })

  it('are told apart when the database refuses them as a whole for the sake of one', async () => {
    const leases = await claimed(3)
    const complete = createCompleter(refusingResults(counting, '"bad"'), 100)
    const verdicts = await Promise.allSettled(
      leases.map((lease, index) => complete(lease, index === 1 ? 'bad' : 'good')),
    )
    expect(verdicts.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })

  it('are all told when the database is away', async () => {
    const leases = await claimed(2)
    const complete = createCompleter(refusingResults(counting, '"good"', true), 100)
    const verdicts = await Promise.allSettled(leases.map((lease) => complete(lease, 'good')))
    expect(verdicts.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(sizes).toEqual([])
  })

  it('do not wait for one whose row somebody holds, nor do the renewals of their leases', async () => {
    const leases = await claimed(5)
    const [held, ...free] = leases
    if (held === undefined) throw new Error('nothing to claim')
    const other = await database.db.dedicated({ queryTimeoutMs: 60_000, statementTimeoutMs: 60_000 })
    try {
      await other.query('begin')
      await other.query(`update jr_work_queue set status = 'completed' where id = $1`, [held.taskId])
      const queue = createTaskQueue(database.db)
      expect(await queue.renew(leases, 60_000)).toEqual([])
      const [waiting, ...others] = leases.map((lease) => queue.complete(lease, null))
      expect(await Promise.all(others)).toEqual(free.map(() => accepted))
      await other.query('rollback')
      expect(await waiting).toEqual(accepted)
    } finally {
      await other.end()
    }
  })

  it('are written each by itself when told so, by its own commit', async () => {
    const leases = await claimed(60)
    const complete = createCompleter(counting, 1)
    expect(await Promise.all(leases.map((lease) => complete(lease, null)))).toEqual(
      leases.map(() => accepted),
    )
    expect(sizes).toEqual(leases.map(() => 1))
    const [commits] = await database.db.query<{ count: number }>(
      `select count(distinct xmin::text)::int as count from jr_work_queue where id = any ($1)`,
      [leases.map(({ taskId }) => taskId)],
    )
    expect(commits?.count).toBe(60)
  })

  it('take nothing from one another when each is written by itself', async () => {
    const leases = await claimed(20)
    const [stale, bad, held] = leases
    if (stale === undefined || bad === undefined || held === undefined) throw new Error('nothing to claim')
    await createTaskQueue(database.db).cancel(stale.taskId, 'tester', 'no')
    const other = await database.db.dedicated({ queryTimeoutMs: 60_000, statementTimeoutMs: 60_000 })
    try {
      await other.query('begin')
      await other.query(`update jr_work_queue set status = 'completed' where id = $1`, [held.taskId])
      const complete = createCompleter(refusingResults(counting, '"bad"'), 1)
      const [ofStale, ofBad, ofHeld, ...others] = leases.map((lease) =>
        complete(lease, lease === bad ? 'bad' : 'good'),
      )
      await expect(ofBad).rejects.toMatchObject({ code: 'db.failed' })
      expect(await ofStale).toEqual({ accepted: false, reason: 'cancelled' })
      expect(await Promise.all(others)).toEqual(leases.slice(3).map(() => accepted))
      await other.query('rollback')
      expect(await ofHeld).toEqual(accepted)
    } finally {
      await other.end()
    }
  })

  it('of many bytes are spread over statements', async () => {
    const leases = await claimed(3)
    const complete = createCompleter(counting, 100)
    const large = 'x'.repeat(900_000)
    await Promise.all(leases.map((lease) => complete(lease, [large, large.slice(0, 100_000)])))
    expect(sizes).toEqual([3])
    const more = await claimed(9)
    await Promise.all(more.map((lease) => complete(lease, large)))
    expect(sizes.slice(1)).toEqual([4, 4, 1])
  })
})

function countingStatements(db: Database, sizes: number[]): Database {
  const counted = (on: Queryable): Queryable => ({
    query: (text, values, name) => {
      if (name?.startsWith('jr_complete') === true) sizes.push(((values ?? [])[0] as unknown[]).length)
      return on.query(text, values, name)
    },
  })
  return { ...db, ...counted(db), pipelined: (work) => db.pipelined((each) => work(counted(each))) }
}

/** A database that does not like one result; or that is away whenever it sees it. */
function refusingResults(db: Database, result: string, isAway = false): Database {
  const refusing = (on: Queryable): Queryable => ({
    query: (text, values, name) =>
      name?.startsWith('jr_complete') === true && ((values ?? [])[2] as string[]).includes(result)
        ? Promise.reject(
            isAway
              ? new OperationalError('away', { code: 'db.unreachable', retryable: true })
              : new OperationalError('no', { code: 'db.failed', retryable: false }),
          )
        : on.query(text, values, name),
  })
  return { ...db, ...refusing(db), pipelined: (work) => db.pipelined((each) => work(refusing(each))) }
}
