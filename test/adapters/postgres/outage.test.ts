import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connect, type ConnectOptions, type Database } from '../../../src/adapters/postgres/connect.ts'
import { targetOfUrl } from '../../../src/adapters/postgres/connection-target.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import { Secret } from '../../../src/config/policy.ts'
import { instanceId, jrName, nodeId } from '../../../src/domain/ids.ts'
import { claimOne } from '../../support/claim.ts'
import { proxyBefore, type TcpProxy } from '../../support/tcp-proxy.ts'
import { queueDatabase, type QueueDatabase } from './support/queue-database.ts'
import { until } from './support/until.ts'

const poolSize = 3
const statementTimeoutMs = 20_000
const jr = jrName('Research Jr.')
const claiming = {
  jrNames: [jr],
  acceptUnassigned: false,
  instanceId: instanceId('i'),
  nodeId: nodeId('n'),
  leaseMs: 60_000,
}

let database: QueueDatabase
let proxy: TcpProxy
let db: Database
beforeEach(async () => {
  database = await queueDatabase()
  proxy = await proxyBefore(database.url)
  db = open({})
})
afterEach(async () => {
  proxy.heal()
  await db.close()
  await proxy.close()
  await database.dispose()
})

function open(limits: Partial<ConnectOptions>): Database {
  return connect(targetOfUrl(new Secret(proxy.through(database.url))), {
    poolSize,
    connectTimeoutMs: 1_000,
    statementTimeoutMs,
    lockTimeoutMs: 300,
    applicationName: 'outage test',
    ...limits,
  })
}

const everyConnection = (sql = 'select pg_sleep(0.05)') =>
  Promise.all(Array.from({ length: poolSize }, () => db.query(sql)))

async function tookMs(work: Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work
  return performance.now() - began
}

describe('a black hole', () => {
  it('is seen within 5 s however long a statement may take, and forgotten at once when it heals', async () => {
    // As it is configured by default.
    const usual = open({ connectTimeoutMs: 2_000 })
    await Promise.all(Array.from({ length: poolSize }, () => usual.query('select pg_sleep(0.05)')))
    proxy.blackHole()
    const failing = Promise.all(
      Array.from({ length: poolSize + 2 }, () =>
        expect(usual.query('select 1')).rejects.toMatchObject({
          retryable: true,
          code: expect.stringMatching(/db\.(unreachable|timeout)/) as unknown,
        }),
      ),
    )
    expect(await tookMs(failing)).toBeLessThan(5_000)
    proxy.heal()
    const again = Promise.all(Array.from({ length: poolSize + 2 }, () => usual.query('select 1')))
    expect(await tookMs(again)).toBeLessThan(5_000)
    await usual.close()
  })

  it.each(['toServer', 'toClient'] as const)(
    'in one direction alone (%s) is seen as well',
    async (direction) => {
      await everyConnection()
      proxy.blackHole(direction)
      expect(await tookMs(expect(db.query('select 1')).rejects.toThrow())).toBeLessThan(5_000)
    },
  )

  it('is bounded by the statement timeout where that is shorter', async () => {
    const hasty = open({ statementTimeoutMs: 200 })
    try {
      await hasty.query('select 1')
      proxy.blackHole()
      const took = await tookMs(expect(hasty.query('select 1')).rejects.toMatchObject({ code: 'db.timeout' }))
      // And so much for a busy machine.
      expect(took).toBeLessThan(200 + 1_000 + 1_500)
    } finally {
      await hasty.close()
    }
  })

  it('is seen by a migration, too, whose statements may take an hour', async () => {
    const own = await db.dedicated({ queryTimeoutMs: 3_600_000, statementTimeoutMs: 3_600_000 })
    expect(await own.query(`select 1 as one from pg_sleep(1.6)`)).toEqual([{ one: 1 }])
    proxy.blackHole()
    const took = await tookMs(
      expect(own.query('select pg_sleep(60)')).rejects.toMatchObject({ code: 'db.unreachable' }),
    )
    expect(took).toBeLessThan(5_000)
    await own.end()
  })

  it('that swallowed old connections alone costs one wait, not one for each of them', async () => {
    await everyConnection()
    proxy.blackHole('both', 'served')
    expect(
      await tookMs(expect(db.query('select 1')).rejects.toMatchObject({ code: 'db.unreachable' })),
    ).toBeLessThan(4_000)
    expect(await tookMs(everyConnection('select 1'))).toBeLessThan(3_000)
  })

  it('is not taken for one where a statement is merely slow', async () => {
    expect(await tookMs(db.query('select pg_sleep(2.5)'))).toBeGreaterThan(2_400)
    // Asked about, but not again and again.
    const asked = proxy.counts.accepted - 1
    expect([1, 2]).toContain(asked)
  })

  it.each([false, true])('keeps no process from ending (black hole: %s)', async (hole) => {
    const child = spawn(process.execPath, [new URL('support/close-and-exit.ts', import.meta.url).pathname], {
      env: { ...process.env, DATABASE_URL: proxy.through(database.url) },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    expect((await lines.next()).value).toBe('open')
    if (hole) proxy.blackHole()
    const exited = once(child, 'exit')
    child.stdin.end('\n')
    expect((await lines.next()).value).toBe('[]')
    expect(await exited).toEqual([0, null])
  })
})

describe('an answer that was lost', () => {
  it('to COMMIT says that the outcome is unknown', async () => {
    const lost = proxy.cutReply({ tag: /^COMMIT/ })
    const work = db.transaction((tx) => tx.query(`insert into jr_work_queue (title) values ('done')`))
    await expect(work).rejects.toMatchObject({ code: 'db.outcome_unknown', retryable: true })
    await lost
    expect(await db.query('select title from jr_work_queue')).toEqual([{ title: 'done' }])
  })

  it('to a single statement that writes, too; to one that reads it does not matter', async () => {
    const write = proxy.cutReply({ tag: /^INSERT/ })
    await expect(db.query(`insert into jr_work_queue (title) values ('done')`)).rejects.toMatchObject({
      code: 'db.outcome_unknown',
    })
    await write
    const read = proxy.cutReply({ tag: /^SELECT/ })
    await expect(db.query('select title from jr_work_queue')).rejects.toMatchObject({
      code: 'db.unreachable',
    })
    await read
    expect(await db.query('select title from jr_work_queue')).toEqual([{ title: 'done' }])
  })

  it('before COMMIT says that nothing was done', async () => {
    const lost = proxy.cutReply({ tag: /^INSERT/, uncommitted: true })
    const work = db.transaction((tx) => tx.query(`insert into jr_work_queue (title) values ('undone')`))
    await expect(work).rejects.toMatchObject({ code: 'db.unreachable' })
    await lost
    expect(await db.query('select title from jr_work_queue')).toEqual([])
  })

  it('to a completion is found on record by whoever repeats it', async () => {
    const queue = createTaskQueue(db)
    await queue.add([{ title: 't', assignedJr: jr }], 'tester')
    const claimed = await claimOne(queue, claiming)
    if (claimed === null) throw new Error('nothing to claim')
    const lost = proxy.cutReply({ sql: /outcome = 'completed'/ })
    await expect(queue.complete(claimed.lease, 1)).rejects.toMatchObject({ retryable: true })
    await lost
    expect(await queue.complete(claimed.lease, 1)).toEqual({ accepted: false, reason: 'recorded' })
    expect((await queue.get(claimed.task.id))?.task).toMatchObject({ status: 'completed', result: 1 })
  })

  it('to a claim leaves nothing claimed that nobody works on', async () => {
    const queue = createTaskQueue(db)
    const [id] = await queue.add([{ title: 't', assignedJr: jr }], 'tester')
    const lost = proxy.cutReply({ sql: /insert into jr_attempts/ })
    await expect(claimOne(queue, claiming)).rejects.toMatchObject({ retryable: true })
    await lost
    expect(await queue.releaseUnheld(claiming.instanceId, [])).toBe(1)
    expect(await claimOne(queue, claiming)).toMatchObject({ task: { id }, attempt: 1 })
  })
})

describe('a server that says no', () => {
  it('is read-only for a while: said so, and work goes on when that ends', async () => {
    const [row] = await database.db.query<{ name: string }>('select current_database() as name')
    const readOnly = (on: boolean) =>
      database.db.query(`alter database ${row?.name} set default_transaction_read_only = ${on}`)
    const write = () => db.query(`insert into jr_work_queue (title) values ('t')`)
    await readOnly(true)
    await expect(write()).rejects.toMatchObject({ code: 'db.read_only', retryable: true })
    // The connection that met it is not used again: after a failover it would lead to the old primary for ever.
    await database.db.transaction(async (tx) => {
      await tx.query('set local transaction read write')
      await tx.query(`alter database ${row?.name} reset default_transaction_read_only`)
    })
    await write()
  })

  it('has no connection left', async () => {
    const [row] = await database.db.query<{ name: string }>('select current_database() as name')
    await database.db.query(`alter database ${row?.name} connection limit 1`)
    await expect(db.query('select 1')).rejects.toMatchObject({
      code: 'db.too_many_connections',
      hint: expect.stringContaining('pool_size') as unknown,
    })
    await database.db.query(`alter database ${row?.name} connection limit -1`)
    await db.query('select 1')
  })

  it('ends our session between two statements of a transaction', async () => {
    const work = db.transaction(async (tx) => {
      const [row] = await tx.query<{ pid: number }>('select pg_backend_pid() as pid')
      await database.db.query('select pg_terminate_backend($1)', [row?.pid])
      await until(async () => {
        const left = await database.db.query('select from pg_stat_activity where pid = $1', [row?.pid])
        return left.length === 0
      })
      await tx.query('select 1')
    })
    await expect(work).rejects.toMatchObject({ code: 'db.unreachable' })
    await db.query('select 1')
  })

  it('ends our session in the middle of a statement', async () => {
    const sleeping = expect(db.query('select pg_sleep(20)')).rejects.toMatchObject({
      code: 'db.unreachable',
      message: expect.stringContaining('being stopped') as unknown,
    })
    await until(async () => {
      const ended = await database.db.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and query = 'select pg_sleep(20)'`,
      )
      return ended.length > 0
    })
    await sleeping
    await db.query('select 1')
  })

  it('changed a table under a prepared statement', async () => {
    const ask = () => db.query('select * from jr_work_queue', [], 'jr_test_star')
    await Promise.all([ask(), ask(), ask()])
    await database.db.query('alter table jr_work_queue add column news text')
    await Promise.all([ask(), ask(), ask()])
  })

  it('keeps its session when a lock was waited for in vain', async () => {
    const pid = () => db.query('select pg_backend_pid() as pid')
    const before = await pid()
    await database.db.transaction(async (tx) => {
      await tx.query('lock table jr_work_queue in access exclusive mode')
      await expect(db.query('select from jr_work_queue')).rejects.toMatchObject({
        code: 'db.timeout',
        message: expect.stringContaining('another session held a lock') as unknown,
      })
    })
    expect(await pid()).toEqual(before)
  })
})
