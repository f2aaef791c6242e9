import type { Clock, Timer } from '../ports/clock.ts'
import type { AttemptQueue, Beat } from '../ports/task-queue.ts'
import type { OutageLog } from './outage-log.ts'

export interface PresenceOptions {
  queue: Pick<AttemptQueue, 'beat'>
  clock: Clock
  outage: OutageLog
  /** The heartbeat as it is now. */
  beat(): Beat
}

/** Keeps `jr_status` true: a heartbeat at start, every 30 s, and soon after the load changed. */
export interface Presence {
  /** Settles after the first heartbeat, heard or not. */
  start(): Promise<void>
  loadChanged(): void
  stop(): Promise<void>
}

const beatIntervalMs = 30_000
/** A heartbeat that was not heard is repeated sooner: others call us offline by its age. */
const repeatAfterMs = 5000
/** Short tasks change the load many times a second; the row need not. */
const loadDelayMs = 1000

export function createPresence(options: PresenceOptions): Presence {
  const { queue, clock, outage } = options
  let timer: Timer | undefined
  let dueMs = Infinity
  let beating: Promise<void> | undefined
  let stopped = false

  /** Brings the next heartbeat forward to `delayMs` from now, never back. */
  const within = (delayMs: number): void => {
    const atMs = clock.monotonicMs() + delayMs
    if (stopped || atMs >= dueMs) return
    timer?.cancel()
    dueMs = atMs
    timer = clock.after(delayMs, send)
  }

  const sendOnce = async (): Promise<void> => {
    try {
      await queue.beat(options.beat())
      outage.succeeded()
      within(beatIntervalMs)
    } catch (error) {
      outage.failed('beat', error)
      within(repeatAfterMs)
    }
  }

  const send = (): void => {
    dueMs = Infinity
    beating ??= sendOnce().finally(() => {
      beating = undefined
    })
  }

  return {
    async start() {
      send()
      await beating
    },
    loadChanged: () => within(loadDelayMs),
    async stop() {
      stopped = true
      timer?.cancel()
      await beating
    },
  }
}
