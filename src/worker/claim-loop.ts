import type { Clock, Timer } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import type { QueueUpkeep } from '../ports/task-queue.ts'
import type { OutageLog } from './outage-log.ts'
import { outageDelayMs } from './outage-delay.ts'

export interface ClaimLoopOptions {
  queue: Pick<QueueUpkeep, 'makeReady'>
  clock: Clock
  random: Random
  outage: OutageLog
  pollIntervalMs: number
  /** The most tasks in one claim. */
  batch: number
  /** So much room is worth a claim at once; less waits a little for more, while there is work at hand. */
  worthwhile(): number
  /** False: nobody wakes us, so poll faster. */
  listening(): boolean
  /** How many tasks could be begun now. */
  room(): number
  /** Nothing is at work: no slot will become free, so no claim waits for one. */
  isIdle(): boolean
  /** Claims at most `count` tasks and begins them; answers how many. Throws when the queue does not answer. */
  claim(count: number): Promise<number>
}

export interface ClaimLoop {
  start(): void
  /** Something may be ready, or a slot became free. */
  wake(): void
  /** A retry was put off: learn when it is due. */
  look(): void
  /** No claims for so long: the machine cannot start processes now. */
  rest(delayMs: number): void
  /** Settles when no claim is under way any more. */
  stop(): Promise<void>
}

/** How often to look while notifications do not come. */
const deafPollMs = 2000
/** The next due task is looked for this much late, so that it is due by the database's clock as well. */
const dueSlackMs = 20
/**
 * How long a few free slots wait for more. A claim costs the database nearly the same for one task as for ten, and short
 * tasks free their slots within this; long ones do not notice it.
 */
const lingerMs = 5

type TimerName = 'poll' | 'due' | 'retry' | 'rest' | 'linger'

/**
 * Fills the free slots, many with one claim: woken by notices and freed slots, at the latest by the poll (jittered, so that a
 * fleet started together does not ask together), and by the time at which the next waiting task is due.
 */
export function createClaimLoop(options: ClaimLoopOptions): ClaimLoop {
  const { queue, clock, random, outage } = options
  const timers = new Map<TimerName, Timer>()
  let running: Promise<void> | undefined
  let wanted: 'nothing' | 'claims' | 'look' = 'nothing'
  let hasLingered = false
  let failures = 0
  let stopped = false

  const arm = (name: TimerName, delayMs: number, action: () => void): void => {
    timers.get(name)?.cancel()
    if (stopped) return
    const timer = clock.after(delayMs, () => {
      timers.delete(name)
      action()
    })
    timers.set(name, timer)
  }

  const makeReady = async (): Promise<void> => {
    const { nextDueMs } = await queue.makeReady()
    outage.succeeded()
    if (nextDueMs !== null && nextDueMs < options.pollIntervalMs) arm('due', nextDueMs + dueSlackMs, look)
  }

  /** How many to claim now. After a linger whatever room there is will do. */
  const wantedCount = (): number => {
    if (stopped || timers.has('rest')) return 0
    const room = options.room()
    const lingers = room < options.worthwhile() && !hasLingered && !options.isIdle()
    hasLingered = false
    if (!lingers) return Math.min(room, options.batch)
    if (room > 0 && !timers.has('linger')) arm('linger', lingerMs, afterLinger)
    return 0
  }

  const afterLinger = (): void => {
    hasLingered = true
    wake()
  }

  /** Claims until there is no room, or no more ready tasks than were claimed. */
  const fill = async (): Promise<void> => {
    for (let count = wantedCount(); count > 0; count = wantedCount()) {
      const claimed = await options.claim(count)
      outage.succeeded()
      if (claimed < count) return
    }
  }

  const pass = async (): Promise<void> => {
    const looking = wanted === 'look'
    wanted = 'nothing'
    try {
      // What is ready already is not kept waiting by what cannot be made ready.
      const looked = looking ? await settled(makeReady()) : null
      await fill()
      if (looked !== null) throw looked.error
      failures = 0
    } catch (error) {
      // The timer asks again; wishes that came meanwhile would only hammer on a closed door.
      wanted = 'nothing'
      outage.failed('claim', error)
      arm('retry', outageDelayMs(failures++, random), look)
    }
  }

  const run = async (): Promise<void> => {
    const isWanted = (): boolean => wanted !== 'nothing' && !stopped
    while (isWanted()) await pass()
    running = undefined
  }

  const want = (wish: 'claims' | 'look'): void => {
    if (stopped) return
    if (wanted !== 'look') wanted = wish
    running ??= run()
  }
  const wake = (): void => want('claims')
  const look = (): void => want('look')

  const poll = (): void => {
    const intervalMs = options.listening()
      ? options.pollIntervalMs
      : Math.min(options.pollIntervalMs, deafPollMs)
    arm('poll', intervalMs * (0.8 + 0.4 * random.unit()), poll)
    look()
  }

  return {
    start: poll,
    wake,
    look,
    rest: (delayMs) => arm('rest', delayMs, look),
    async stop() {
      stopped = true
      for (const timer of timers.values()) timer.cancel()
      timers.clear()
      await running
    },
  }
}

/** Null when it went well. */
async function settled(work: Promise<void>): Promise<{ error: unknown } | null> {
  try {
    await work
    return null
  } catch (error) {
    return { error }
  }
}
