import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/adapters/clock.ts'
import { connect, type Database } from '../../../src/adapters/postgres/connect.ts'
import { targetOfUrl } from '../../../src/adapters/postgres/connection-target.ts'
import { migrate } from '../../../src/adapters/postgres/migrate.ts'
import { createNotifier } from '../../../src/adapters/postgres/notifier.ts'
import { schemaState } from '../../../src/adapters/postgres/schema-state.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import { systemRandom } from '../../../src/adapters/random.ts'
import { Secret } from '../../../src/config/policy.ts'
import { taskQueueContract } from '../../contract-suites/task-queue.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { pgbouncerMissing, startPgBouncer, type PgBouncerOptions } from '../../support/pgbouncer.ts'
import { queueDatabase, type QueueDatabase } from './support/queue-database.ts'
import { queueUnderTest } from './support/queue-under-test.ts'

const limits = { statement_timeout: '700ms', lock_timeout: '300ms', idle: '30s' }

const ignoring =
  'ignore_startup_parameters = statement_timeout,lock_timeout,idle_in_transaction_session_timeout'

interface Pooled {
  database: QueueDatabase
  /** By way of the pooler. */
  db: Database
  open(direct?: string): Database
  stop(): Promise<void>
}

async function pooled(options: PgBouncerOptions, schema?: string): Promise<Pooled> {
  const database = await queueDatabase(schema)
  const bouncer = await startPgBouncer(database.url, options)
  const opened: Database[] = []
  const open = (direct?: string): Database => {
    const db = connect(targetOfUrl(new Secret(bouncer.url)), {
      poolSize: 6,
      connectTimeoutMs: 5_000,
      statementTimeoutMs: 700,
      lockTimeoutMs: 300,
      applicationName: 'jrctl test',
      ...(direct === undefined ? {} : { direct: targetOfUrl(new Secret(direct)) }),
    })
    opened.push(db)
    return db
  }
  return {
    database,
    db: open(),
    open,
    async stop() {
      await Promise.all(opened.map((db) => db.close()))
      await bouncer.stop()
      await database.dispose()
    },
  }
}

const suite = (name: string): string => (pgbouncerMissing === null ? name : `${name} (${pgbouncerMissing})`)
const skip = { skip: pgbouncerMissing !== null }

describe.each([
  ['refuses our limits', []],
  ['ignores our limits', [ignoring]],
  ['lends sessions in turn', [ignoring, 'server_round_robin = 1']],
])(suite('through PgBouncer in transaction mode, which %s'), skip, (_, settings) => {
  let under: Pooled
  beforeAll(async () => {
    under = await pooled({ mode: 'transaction', settings })
  })
  afterAll(() => under.stop())

  it('bounds statements and lock waits by the server, statement by statement', async () => {
    const rows = await under.db.query(
      `select current_setting('statement_timeout') as statement_timeout,
         current_setting('lock_timeout') as lock_timeout,
         current_setting('idle_in_transaction_session_timeout') as idle`,
    )
    expect(rows).toEqual([limits])
    await expect(under.db.query('select pg_sleep(5)')).rejects.toMatchObject({
      code: 'db.timeout',
      message: expect.stringContaining('statement timeout') as unknown,
    })
    const queue = createTaskQueue(under.db)
    const [id] = await queue.add([{ title: 'held' }], 'tester')
    await under.database.db.transaction(async (tx) => {
      await tx.query('select from jr_work_queue for update')
      if (id !== undefined)
        await expect(queue.cancel(id, 'tester', 'x')).rejects.toMatchObject({
          code: 'db.timeout',
          message: expect.stringContaining('lock') as unknown,
        })
    })
  })

  it('leaves nothing in the sessions that others use', async () => {
    await Promise.all(
      Array.from({ length: 6 }, (__, n) =>
        under.db.query('select $1::int as n, pg_sleep(0.02)', [n], 'jr_named_statement'),
      ),
    )
    const seen = await under.db.query(
      `select current_setting('statement_timeout') as outside from pg_sleep(0)
       union all select name from pg_prepared_statements`,
    )
    expect(seen).toEqual([{ outside: '700ms' }])
  })

  it('commits and rolls back whole transactions', async () => {
    const work = under.db.transaction(async (tx) => {
      await tx.query(`insert into jr_work_queue (title) values ('undone')`)
      throw new Error('changed my mind')
    })
    await expect(work).rejects.toThrow('changed my mind')
    await under.db.transaction((tx) => tx.query(`insert into jr_work_queue (title) values ('done')`))
    const rows = await under.database.db.query(
      `select title from jr_work_queue where title in ('done', 'undone')`,
    )
    expect(rows).toEqual([{ title: 'done' }])
  })

  it('knows that a connection of one’s own is none, and says once that it polls', async () => {
    const logger = fakeLogger()
    const notifier = createNotifier(under.db, { clock: systemClock(), random: systemRandom(), logger })
    await notifier.start()
    expect(notifier.listening).toBe(false)
    await notifier.stop()
    const said = logger.lines.filter(({ level }) => level === 'warn').map(({ message }) => message)
    expect(said).toEqual([expect.stringContaining('[queue] listen_url')])
    const listening = await under.database.db.query(
      `select from pg_stat_activity where datname = current_database() and query ilike 'listen %'`,
    )
    expect(listening).toEqual([])
  })

  it('listens by the direct connection where one is named', async () => {
    const db = under.open(under.database.url)
    const notifier = createNotifier(db, {
      clock: systemClock(),
      random: systemRandom(),
      logger: fakeLogger(),
    })
    await notifier.start()
    expect(notifier.listening).toBe(true)
    await notifier.stop()
  })
})

describe(suite('through PgBouncer in session mode'), skip, () => {
  let under: Pooled
  afterEach(() => under.stop())

  it('listens, since the session is its own', async () => {
    under = await pooled({ mode: 'session', settings: ['default_pool_size = 6'] })
    const notifier = createNotifier(under.db, {
      clock: systemClock(),
      random: systemRandom(),
      logger: fakeLogger(),
    })
    await notifier.start()
    expect(notifier.listening).toBe(true)
    await notifier.stop()
  })
})

describe(suite('migrating through PgBouncer'), skip, () => {
  let under: Pooled
  beforeAll(async () => {
    under = await pooled({ mode: 'transaction' }, '')
  })
  afterAll(() => under.stop())

  it('is refused without a session for its lock, and works by the direct connection', async () => {
    await expect(migrate(under.db)).rejects.toMatchObject({
      code: 'db.pooler',
      retryable: false,
      hint: expect.stringContaining('listen_url') as unknown,
    })
    expect(await schemaState(under.db)).toEqual({ kind: 'missing' })
    await migrate(under.open(under.database.url))
    expect(await schemaState(under.db)).toMatchObject({ kind: 'current' })
  })
})

if (pgbouncerMissing === null)
  taskQueueContract('postgres through PgBouncer in transaction mode', async () => {
    const under = await pooled({ mode: 'transaction' })
    const queue = await queueUnderTest(under.open(under.database.url), under.database.db)
    return {
      ...queue,
      async dispose() {
        await queue.dispose()
        await under.stop()
      },
    }
  })
