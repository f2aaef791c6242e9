import { connect as connectSocket, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/adapters/clock.ts'
import type { Database } from '../../../src/adapters/postgres/connect.ts'
import { createNotifier } from '../../../src/adapters/postgres/notifier.ts'
import { systemRandom } from '../../../src/adapters/random.ts'
import type { Notice, Notifier } from '../../../src/ports/notifier.ts'
import { nextNotice } from '../../contract-suites/task-queue.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { connectTo, queueDatabase, type QueueDatabase } from './support/queue-database.ts'
import { until } from './support/until.ts'

const timing = { probeIntervalMs: 50, probeTimeoutMs: 300, reconnectFirstMs: 5, reconnectMaxMs: 20 }

describe('the listening connection', () => {
  let database: QueueDatabase
  let proxy: Proxy
  let through: Database
  let notifier: Notifier
  beforeEach(async () => {
    database = await queueDatabase()
    proxy = await startProxy(new URL(database.url))
    through = connectTo(proxy.url)
    notifier = createNotifier(through, {
      clock: systemClock(),
      random: systemRandom(),
      logger: fakeLogger(),
      timing,
    })
  })
  afterEach(async () => {
    await notifier.stop()
    await through.close()
    await proxy.stop()
    await database.dispose()
  })

  const connected = () => nextNotice(notifier, (notice) => notice.kind === 'connected')
  const insert = (jr: string | null) =>
    database.db.query(`insert into jr_work_queue (title, assigned_jr) values ('t', $1)`, [jr])

  it('comes back after the server ended its session, and says so', async () => {
    await notifier.start()
    expect(notifier.listening).toBe(true)
    const again = connected()
    await database.db.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    )
    await again
    const work = nextNotice(notifier, (notice) => notice.kind === 'work')
    await insert('Research Jr.')
    expect(await work).toEqual({ kind: 'work', jrName: 'Research Jr.' })
  })

  it('notices a connection that swallows everything, by its own probe', async () => {
    await notifier.start()
    const again = connected()
    proxy.swallow()
    await again
    expect(notifier.listening).toBe(true)
  })

  it('starts although the database is away, and connects once it is there', async () => {
    proxy.refuse(true)
    await notifier.start()
    expect(notifier.listening).toBe(false)
    const up = connected()
    proxy.refuse(false)
    await up
  })

  it('goes on when a listener throws, and tells nobody who left', async () => {
    const heard: Notice[] = []
    notifier.subscribe(() => {
      throw new Error('a bad listener')
    })
    const leave = notifier.subscribe((notice) => void heard.push(notice))
    await notifier.start()
    expect(heard).toEqual([{ kind: 'connected' }])
    leave()
    const work = nextNotice(notifier, (notice) => notice.kind === 'work')
    await insert(null)
    expect(await work).toEqual({ kind: 'work', jrName: null })
    expect(heard).toHaveLength(1)
  })

  it('stops twice, also while it is connecting, and leaves no session', async () => {
    const starting = notifier.start()
    await Promise.all([notifier.stop(), notifier.stop()])
    await starting
    expect(notifier.listening).toBe(false)
    await until(async () => {
      const others = await database.db.query(
        `select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
      )
      return others.length === 0
    })
  })

  it('hears a name too long for a notice as work for anyone, and many ended tasks as a call to look', async () => {
    await notifier.start()
    const work = nextNotice(notifier, (notice) => notice.kind === 'work')
    await insert('x'.repeat(1_500))
    expect(await work).toEqual({ kind: 'work', jrName: null })
    await database.db.query(
      `with t as (insert into jr_work_queue (title, status, started_at)
         select 't', 'in_progress', now() from generate_series(1, 150) returning id)
       insert into jr_attempts (task_id, attempt, jr_name, instance_id, node_id, key_hash, took_unassigned, lease_expires_at)
       select id, 1, 'j', 'i', 'n', 'k', false, now() from t`,
    )
    const look = connected()
    await database.db.query(`update jr_work_queue set status = 'cancelled' where status = 'in_progress'`)
    await look
  })
})

interface Proxy {
  url: string
  /** Ends every connection. */
  cut(): void
  /** What is open stays open but carries nothing any more. */
  swallow(): void
  refuse(refuse: boolean): void
  stop(): Promise<void>
}

/** A network that can be broken, in front of the database. */
async function startProxy(target: URL): Promise<Proxy> {
  const sockets = new Set<Socket>()
  let refusing = false
  const server: Server = createServer((client) => {
    if (refusing) {
      client.destroy()
      return
    }
    const upstream = connectSocket(Number(target.port), target.hostname)
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one)
      one.on('error', () => one.destroy())
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = new URL(target)
  url.hostname = '127.0.0.1'
  url.port = typeof address === 'object' && address !== null ? String(address.port) : ''
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: url.href,
    cut,
    swallow() {
      for (const socket of sockets) socket.unpipe().resume()
    },
    refuse(refuse) {
      refusing = refuse
    },
    stop: () =>
      new Promise((resolve) => {
        cut()
        server.close(() => resolve())
      }),
  }
}
