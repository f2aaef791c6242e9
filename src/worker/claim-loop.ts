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
  /** False: nobody wakes us, so poll faster. */
  listening(): boolean
  /** Whether a task could be begun now. */
  hasRoom(): boolean
  /** Claims one task and begins it; false when none was ready. Throws when the queue does not answer. */
  claimOne(): Promise<boolean>
}

export interface ClaimLoop {
  start(): void
  /** Something may be ready. */
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
 * Fills the free slots one claim at a time: woken by notices and freed slots, at the latest by the poll (jittered, so that
 * a fleet started together does not ask together), and by the time at which the next waiting task is due.
 */
export function createClaimLoop(options: ClaimLoopOptions): ClaimLoop {
  const { queue, clock, random, outage } = options
  const timers = new Map<'poll' | 'due' | 'retry' | 'rest', Timer>()
  let running: Promise<void> | undefined
  let wanted: 'nothing' | 'claims' | 'look' = 'nothing'
  let failures = 0
  let stopped = false

  const arm = (name: 'poll' | 'due' | 'retry' | 'rest', delayMs: number, action: () => void): void => {
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
    if (nextDueMs !== null && nextDueMs < options.pollIntervalMs) arm('due', nextDueMs + dueSlackMs, look)
  }

  const fill = async (): Promise<void> => {
    const mayClaim = (): boolean => !stopped && !timers.has('rest') && options.hasRoom()
    while (mayClaim()) {
      if (!(await options.claimOne())) return
    }
  }

  const pass = async (): Promise<void> => {
    const looking = wanted === 'look'
    wanted = 'nothing'
    try {
      if (looking) await makeReady()
      await fill()
      failures = 0
      outage.succeeded()
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
    wake: () => want('claims'),
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
