import { messageOf } from '../../errors.ts'
import type { Clock, Timer } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Notice, Notifier } from '../../ports/notifier.ts'
import type { Random } from '../../ports/random.ts'
import type { Database, DedicatedConnection } from './connect.ts'
import { changedQuietMs, channels } from './channels.ts'
import { noticeOf } from './notices.ts'

export interface NotifierDeps {
  clock: Clock
  random: Random
  logger: Logger
  timing?: Partial<NotifierTiming>
  /** So often is looked for changes that nobody told of; without it never. */
  glanceIntervalMs?: number
}

export interface NotifierTiming {
  /** A connection that looks alive is asked to prove it this often. */
  probeIntervalMs: number
  /** A probe's own notification must be heard within this time. */
  probeTimeoutMs: number
  /** First and longest pause before connecting again. */
  reconnectFirstMs: number
  reconnectMaxMs: number
  /** Where a pooler lets nobody listen, it is tried again this seldom: somebody may have changed its mode. */
  pooledRetryMs: number
}

const defaultTiming: NotifierTiming = {
  probeIntervalMs: 30_000,
  probeTimeoutMs: 5_000,
  reconnectFirstMs: 200,
  reconnectMaxMs: 10_000,
  pooledRetryMs: 10 * 60_000,
}

const pooledWords =
  'the queue is reached through a pooler, which carries no notifications: polling every 2 s instead; ' +
  '[queue] listen_url may name a direct connection'

/** After the quiet time; and once more, for a change that was made in it and took its time to commit. */
const looksAfterMs = [changedQuietMs * 1.5, 2_000] as const

/**
 * LISTEN on one dedicated connection, for ever: a lost connection is replaced after a pause that doubles, with jitter, up to
 * its bound. A half-open one is found by notifying ourselves and not hearing it. Through a pooler that keeps no session
 * there is nothing to listen to: said once, and left to polling.
 * Nothing is thrown after start; `start` settles when the first attempt succeeded or failed.
 */
export function createNotifier(db: Database, deps: NotifierDeps): Notifier {
  const { clock, random, logger, glanceIntervalMs } = deps
  const timing = { ...defaultTiming, ...deps.timing }
  const listeners = new Set<(notice: Notice) => void>()
  const ownChannel = `jr_probe_${random.hex(8)}`
  const stopping = new AbortController()
  let listening = false
  let running: Promise<void> | undefined

  const tell = (notice: Notice): void => {
    for (const listener of listeners) {
      try {
        listener(notice)
      } catch (error) {
        logger.error({ error: messageOf(error) }, 'a listener of notices failed')
      }
    }
  }

  /**
   * Settles when the connection is lost or we stop, or at once when it is none to listen on; rejects when it could not be
   * made.
   */
  const listen = async (onUp: () => void): Promise<'lost' | 'pooled'> => {
    const connection = await db.dedicated({
      queryTimeoutMs: timing.probeTimeoutMs,
      statementTimeoutMs: timing.probeTimeoutMs,
    })
    if (!connection.ownSession) {
      await connection.end()
      return 'pooled'
    }
    const over = new AbortController()
    if (stopping.signal.aborted) over.abort()
    const end = (): void => over.abort()
    let probed: (() => void) | undefined
    // Changes in the quiet time after a notice come without one: counted from the last notice, for each begins a quiet time.
    let looks: Timer[] = []
    const lookAgain = (): void => {
      for (const look of looks) look.cancel()
      looks = looksAfterMs.map((delayMs) => clock.after(delayMs, () => tell({ kind: 'changed' })))
    }
    try {
      connection.client.on('end', end).on('error', end)
      connection.client.on('notification', ({ channel, payload }) => {
        if (channel === ownChannel) probed?.()
        const notice = noticeOf(channel, payload ?? '')
        if (notice !== null) tell(notice)
        if (notice?.kind === 'changed') lookAgain()
      })
      stopping.signal.addEventListener('abort', end, { once: true })
      await subscribeAll(connection, ownChannel)
      listening = true
      onUp()
      tell({ kind: 'connected' })
      if (glanceIntervalMs !== undefined) void glance(connection, glanceIntervalMs, lookAgain, over)
      while (await pause(timing.probeIntervalMs, over.signal)) {
        const heard = new Promise<void>((resolve) => (probed = resolve))
        await connection.query(`select pg_notify($1, '')`, [ownChannel])
        if (!(await heardInTime(heard, over.signal))) break
      }
      return 'lost'
    } finally {
      listening = false
      for (const look of looks) look.cancel()
      stopping.signal.removeEventListener('abort', end)
      await connection.end()
    }
  }

  /**
   * Looks when a change was last told of. A notice is heard only when its transaction commits, which may be much later than
   * that of the changes which it kept from telling of themselves, or never.
   */
  const glance = async (
    connection: DedicatedConnection,
    everyMs: number,
    lookAgain: () => void,
    over: AbortController,
  ): Promise<void> => {
    let known: unknown
    try {
      while (await pause(everyMs, over.signal)) {
        const [row] = await connection.query<{ told: unknown }>(
          `select last_value as told from jr_changed_at`,
        )
        if (known !== undefined && row?.told !== known) {
          tell({ kind: 'changed' })
          lookAgain()
        }
        known = row?.told
      }
    } catch {
      over.abort()
    }
  }

  /** False when the wait was cut short. */
  const pause = (delayMs: number, signal: AbortSignal): Promise<boolean> =>
    clock.sleep(delayMs, signal).then(
      () => true,
      () => false,
    )

  const heardInTime = async (heard: Promise<void>, signal: AbortSignal): Promise<boolean> => {
    const enough = new AbortController()
    const give = (): void => enough.abort()
    signal.addEventListener('abort', give, { once: true })
    try {
      const late = pause(timing.probeTimeoutMs, enough.signal).then(() => false)
      return await Promise.race([heard.then(() => true), late])
    } finally {
      signal.removeEventListener('abort', give)
      give()
    }
  }

  const run = async (firstTried: () => void): Promise<void> => {
    let failures = 0
    let saidPooled = false
    while (!stopping.signal.aborted) {
      try {
        const end = await listen(() => {
          failures = 0
          firstTried()
        })
        if (end === 'pooled') {
          firstTried()
          if (!saidPooled) logger.warn({}, pooledWords)
          saidPooled = true
          await pause(timing.pooledRetryMs, stopping.signal)
          continue
        }
        if (!stopping.signal.aborted) logger.warn({}, 'the listening connection was lost')
      } catch (error) {
        logger.warn({ error: messageOf(error) }, 'cannot listen for changes of the queue; polling meanwhile')
      }
      firstTried()
      const longest = Math.min(timing.reconnectMaxMs, timing.reconnectFirstMs * 2 ** Math.min(failures, 20))
      failures += 1
      await pause(longest * (0.5 + random.unit() / 2), stopping.signal)
    }
  }

  return {
    async start() {
      if (running !== undefined) return
      const { promise, resolve } = Promise.withResolvers<void>()
      running = run(resolve)
      await promise
    },
    async stop() {
      stopping.abort()
      await running
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    get listening() {
      return listening
    },
  }
}

async function subscribeAll(connection: DedicatedConnection, ownChannel: string): Promise<void> {
  for (const channel of [...Object.values(channels), ownChannel]) await connection.query(`listen ${channel}`)
}
