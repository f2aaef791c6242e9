import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/adapters/clock.ts'
import { changedQuietMs, channels } from '../../../src/adapters/postgres/channels.ts'
import type { Database } from '../../../src/adapters/postgres/connect.ts'
import { createNotifier } from '../../../src/adapters/postgres/notifier.ts'
import { systemRandom } from '../../../src/adapters/random.ts'
import type { Notice, Notifier } from '../../../src/ports/notifier.ts'
import { nextNotice } from '../../contract-suites/task-queue.ts'
import { fakeLogger, type FakeLogger } from '../../fakes/logger.ts'
import { proxyBefore, type TcpProxy } from '../../support/tcp-proxy.ts'
import { connectTo, queueDatabase, type QueueDatabase } from './support/queue-database.ts'
import { until } from './support/until.ts'

const timing = { probeIntervalMs: 50, probeTimeoutMs: 300, reconnectFirstMs: 5, reconnectMaxMs: 20 }

describe('the listening connection', () => {
  let database: QueueDatabase
  let proxy: TcpProxy
  let logger: FakeLogger
  let through: Database
  let notifier: Notifier
  beforeEach(async () => {
    database = await queueDatabase()
    proxy = await proxyBefore(database.url)
    through = connectTo(proxy.through(database.url))
    logger = fakeLogger()
    notifier = createNotifier(through, {
      clock: systemClock(),
      random: systemRandom(),
      logger,
      timing,
    })
  })
  afterEach(async () => {
    await notifier.stop()
    await through.close()
    await proxy.close()
    await database.dispose()
  })

  const connected = () => nextNotice(notifier, (notice) => notice.kind === 'connected')
  /** Time passes at the database meanwhile. */
  const lookingOn = (holds: () => boolean) =>
    until(async () => (await database.db.query('select 1')) && holds())
  const insert = (jr: string | null) =>
    database.db.query(`insert into jr_work_queue (title, assigned_jr) values ('t', $1)`, [jr])

  it('looks again after the quiet time of the last notice, not only of the first', async () => {
    await notifier.start()
    const told: number[] = []
    notifier.subscribe((notice) => notice.kind === 'changed' && told.push(performance.now()))
    const notify = () => database.db.query(`select pg_notify($1, '')`, [channels.changed])
    await notify()
    await lookingOn(() => told.length === 1)
    await lookingOn(() => performance.now() > (told[0] ?? 0) + changedQuietMs)
    await notify()
    const secondMs = performance.now()
    await lookingOn(() => told.some((atMs) => atMs > secondMs + changedQuietMs))
  })

  it('glances at what nobody told of, where it is asked to', async () => {
    const glancing = createNotifier(database.db, {
      clock: systemClock(),
      random: systemRandom(),
      logger,
      timing,
      glanceIntervalMs: 20,
    })
    const other = await database.db.dedicated({ queryTimeoutMs: 10_000, statementTimeoutMs: 10_000 })
    try {
      await glancing.start()
      let changes = 0
      glancing.subscribe((notice) => notice.kind === 'changed' && (changes += 1))
      await database.db.query('select pg_sleep(0.1)')
      await other.query('begin')
      await other.query(`insert into jr_work_queue (title) values ('silent')`)
      // Its notice waits for its end; this one comes in the quiet time of that.
      await insert(null)
      await lookingOn(() => changes > 0)
      await other.query('rollback')
    } finally {
      await other.end()
      await glancing.stop()
    }
  })

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

  it.each(['both', 'toServer', 'toClient'] as const)(
    'notices by its own probe a connection that swallows (%s), and polls meanwhile',
    async (direction) => {
      await notifier.start()
      proxy.blackHole(direction, 'refused')
      await lookingOn(() => !notifier.listening)
      const again = connected()
      proxy.heal()
      await again
      expect(notifier.listening).toBe(true)
      const work = nextNotice(notifier, (notice) => notice.kind === 'work')
      await insert('Research Jr.')
      expect(await work).toEqual({ kind: 'work', jrName: 'Research Jr.' })
    },
  )

  it('finds a new way at once where only the old connection is dead', async () => {
    await notifier.start()
    const again = connected()
    proxy.blackHole('toClient', 'served')
    await again
  })

  it('starts although the database is away, and connects once it is there', async () => {
    proxy.refuse()
    await notifier.start()
    expect(notifier.listening).toBe(false)
    const up = connected()
    proxy.heal()
    await up
  })

  it('tries again ever more seldom while the database is away, up to a bound, and stops in the middle of it', async () => {
    const clock = systemClock()
    const pauses: number[] = []
    const patient = createNotifier(through, {
      clock: {
        ...clock,
        sleep(milliseconds, signal) {
          pauses.push(milliseconds)
          return clock.sleep(milliseconds, signal)
        },
      },
      random: systemRandom(),
      logger,
      timing,
    })
    proxy.refuse()
    await patient.start()
    await lookingOn(() => pauses.length >= 5)
    await patient.stop()
    const [first, second, third, ...later] = pauses
    expect(first).toBeLessThanOrEqual(5)
    expect(second).toBeLessThanOrEqual(10)
    for (const pause of [third, ...later]) expect(pause).toBeGreaterThanOrEqual(10)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(20)
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
