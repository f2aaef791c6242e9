import { inspect } from 'node:util'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect } from '../../../src/adapters/postgres/connect.ts'
import { targetOfParts, targetOfUrl } from '../../../src/adapters/postgres/connection-target.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import { Secret } from '../../../src/config/policy.ts'
import { OperationalError } from '../../../src/errors.ts'
import { connectTo, queueDatabase, type QueueDatabase } from './support/queue-database.ts'

const options = {
  poolSize: 2,
  connectTimeoutMs: 500,
  statementTimeoutMs: 400,
  lockTimeoutMs: 200,
  applicationName: 'jrctl test',
}

async function errorOf(work: Promise<unknown>): Promise<OperationalError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof OperationalError)) throw new Error(`no OperationalError: ${inspect(error)}`)
  return error
}

describe('a database that fails', () => {
  let database: QueueDatabase
  beforeAll(async () => {
    database = await queueDatabase()
  })
  afterAll(() => database.dispose())

  const failing = async (change: (url: URL) => void, sql = 'select 1'): Promise<OperationalError> => {
    const url = new URL(database.url)
    change(url)
    const db = connect(targetOfUrl(new Secret(url.href)), options)
    try {
      return await errorOf(db.query(sql))
    } finally {
      await db.close()
    }
  }

  it('says what to do about a server of our own, where it is one', async () => {
    const url = new URL(database.url)
    url.port = '1'
    const db = connect({ ...targetOfUrl(new Secret(url.href)), nextStep: () => 'see its log' }, options)
    expect((await errorOf(db.query('select 1'))).hint).toBe('see its log')
    await db.close()
  })

  it.each([
    ['nobody listens', 'db.unreachable', true, 'port', '1'],
    ['the name is unknown', 'db.unreachable', true, 'hostname', 'nowhere.invalid'],
    ['the password is wrong', 'db.auth', false, 'password', 'wrong-one'],
    ['the database is missing', 'db.no_such_database', false, 'pathname', '/not_there'],
  ] as const)('says so when %s', async (_, code, retryable, part, value) => {
    const error = await failing((url) => {
      url[part] = value
    })
    expect(error).toMatchObject({ code, retryable })
    expect(error.hint).toBeTruthy()
    expect(inspect(error, { depth: 10 })).not.toContain('wrong-one')
    expect(error.message).not.toContain(new URL(database.url).password || 'no password')
  })

  it('gives up on a host that accepts and stays silent', async () => {
    const silent = createServer((socket) => socket.resume())
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const address = silent.address()
    try {
      const error = await failing((url) => {
        url.hostname = '127.0.0.1'
        url.port = typeof address === 'object' && address !== null ? String(address.port) : ''
      })
      expect(error.code).toBe('db.unreachable')
    } finally {
      await new Promise((resolve) => silent.close(resolve))
    }
  })

  it.each([
    ['a statement takes too long', 'db.timeout', 'select pg_sleep(5)'],
    ['it is read-only', 'db.read_only', 'begin read only; create table x (); commit'],
    ['a table is missing', 'db.schema', 'select from no_such_table'],
    ['the SQL is wrong', 'db.failed', 'selct 1'],
  ])('says so when %s', async (_, code, sql) => {
    expect(await failing(() => undefined, sql)).toMatchObject({ code })
  })

  it('is told what bounds its sessions, in case that we cannot tell it any more', async () => {
    const db = connect(targetOfUrl(new Secret(database.url)), options)
    const rows = await db.query(
      `select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
         current_setting('idle_in_transaction_session_timeout') as idle`,
    )
    expect(rows).toEqual([{ statement: '400ms', lock: '200ms', idle: '30s' }])
    await db.close()
  })

  it.each([true, false])('is asked nothing any more after closing (used before: %s)', async (used) => {
    const db = connect(targetOfUrl(new Secret(database.url)), options)
    if (used) await db.query('select 1')
    await db.close()
    expect(await errorOf(db.query('select 1'))).toMatchObject({ code: 'db.closed', retryable: false })
    const bounds = { queryTimeoutMs: 100, statementTimeoutMs: 100 }
    expect(await errorOf(db.dedicated(bounds))).toMatchObject({ code: 'db.closed' })
  })

  it('waits no longer than lock_timeout for a row that somebody holds', async () => {
    const queue = createTaskQueue(connect(targetOfUrl(new Secret(database.url)), options))
    const [id] = await queue.add([{ title: 'held' }], 'tester')
    await database.db.transaction(async (tx) => {
      await tx.query(`select from jr_work_queue for update`)
      if (id !== undefined)
        expect(await errorOf(queue.cancel(id, 'tester', 'x'))).toMatchObject({ code: 'db.timeout' })
    })
    await queue.close()
    await queue.close()
  })

  it('goes on after its idle connections were cut', async () => {
    const db = connectTo(database.url, 3)
    try {
      await Promise.all([1, 2, 3].map(() => db.query('select pg_sleep(0.01)')))
      await database.db.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()`,
      )
      for (let attempt = 0; attempt < 5; attempt += 1) {
        const answer = await db.query('select 1 as one').catch(() => null)
        if (answer !== null) return expect(answer).toEqual([{ one: 1 }])
      }
      throw new Error('it did not recover')
    } finally {
      await db.close()
    }
  })

  it('repeats a transaction that deadlocked, and reports what cannot be repeated', async () => {
    let runs = 0
    const done = await database.db.transaction(async (tx) => {
      runs += 1
      if (runs < 3) await tx.query(`do $$ begin raise sqlstate '40P01'; end $$`)
      return 'done'
    })
    expect({ done, runs }).toEqual({ done: 'done', runs: 3 })
    const error = await errorOf(
      database.db.transaction((tx) => tx.query(`do $$ begin raise sqlstate '40001'; end $$`)),
    )
    expect(error).toMatchObject({ code: 'db.conflict', retryable: true })
  })
})

describe('a connection target', () => {
  it.each([
    ['postgresql://ann:s3cret@db.example:5433/queue?sslmode=require', 'db.example:5433/queue'],
    ['postgres://ann:s3cret@/queue?host=/run/postgresql', '/run/postgresql/queue'],
    ['postgres:///queue?host=/run/postgresql', '/run/postgresql/queue'],
    ['postgres:///queue', 'localhost/queue'],
    ['postgres://ann:12/s3cret@db/queue', 'the configured database'],
    ['postgres://ann:s3cret/x@db/queue', 'the configured database'],
    ['host=x password=s3cret', 'the configured database'],
  ])('of %s is described without its secret', (url, shown) => {
    const target = targetOfUrl(new Secret(url))
    expect(target.describe()).toBe(shown)
    expect(inspect(target, { depth: 9 })).not.toContain('s3cret')
  })

  it('may be given in parts', () => {
    const parts = targetOfParts({ host: '/run/pg', database: 'q', user: 'u', password: new Secret('s3cret') })
    expect(parts.describe()).toBe('/run/pg/q')
    expect(inspect(parts, { depth: 9 })).not.toContain('s3cret')
  })
})
