import { messageOf } from '../errors.ts'
import type { Clock, Timer } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'

/**
 * One background duty of the daemon: runs now and then, and at once when woken. Never overlaps itself; wakes that arrive
 * while it runs are folded into one more run; a failure is told and tried again later, it never ends the duty.
 */
export interface Duty {
  readonly name: string
  start(): void
  /** Runs as soon as the minimum gap allows. */
  wake(): void
  /** Runs now (or joins the run after the present one) and settles when that run has ended, failed or not. */
  runNow(): Promise<void>
  /** No run begins after this; settles when the present one has ended. */
  stop(): Promise<void>
  /** For how long its present pass has been under way, or one that is due has not begun; by it a wedged duty is seen. */
  waitingMs(): number
}

export interface DutySpec {
  name: string
  /** Between runs when nobody wakes it. */
  everyMs: number
  /** Between the starts of two runs, however often it is woken: bounds the load a flood of notices can make. */
  minGapMs: number
  /** The part of the time that runs may take, however often it is woken; without it all of it. For runs that may become slow. */
  shareMax?: number
  /** One pass. May answer how long until it wants to run again (bounded by `everyMs`), or that it did nothing at all. */
  run(): Promise<number | Skipped | void>
  /** Told after each run that was not skipped: the error, or null when it went well, and when the run began (monotonic). */
  settled?(error: unknown, beganMs: number): unknown
}

/** A pass that found that it had better not run: it says nothing of whether the duty works, and nothing of the database. */
export interface Skipped {
  /** How long until the next one; bounded by `everyMs`. */
  skippedForMs: number
}

/** A failed duty is tried again after this, doubling up to `everyMs`. */
const retryInitialMs = 250

export function createDuty(spec: DutySpec, deps: { clock: Clock; logger: Logger }): Duty {
  const { clock, logger } = deps
  let timer: Timer | undefined
  let running: Promise<void> | undefined
  let again: Promise<void> | undefined
  let active = false
  let wokenMeanwhile = false
  let lastStartMs = Number.NEGATIVE_INFINITY
  let lastRunMs = 0
  let dueMs = Number.POSITIVE_INFINITY
  let failures = 0

  function arm(delayMs: number): void {
    if (!active || running) return
    const gapMs = lastStartMs + minGapMs() - clock.monotonicMs()
    const waitMs = Math.max(0, gapMs, delayMs)
    const atMs = clock.monotonicMs() + waitMs
    if (timer && dueMs <= atMs) return
    timer?.cancel()
    dueMs = atMs
    timer = clock.after(waitMs, () => {
      void run()
    })
  }

  function minGapMs(): number {
    return Math.max(spec.minGapMs, lastRunMs / (spec.shareMax ?? 1))
  }

  function run(): Promise<void> {
    timer?.cancel()
    timer = undefined
    if (running) {
      again ??= running.then(() => {
        again = undefined
        return active ? run() : undefined
      })
      return again
    }
    lastStartMs = clock.monotonicMs()
    wokenMeanwhile = false
    running = pass().then((delayMs) => {
      running = undefined
      lastRunMs = clock.monotonicMs() - lastStartMs
      if (!again) arm(wokenMeanwhile ? 0 : delayMs)
    })
    return running
  }

  async function pass(): Promise<number> {
    const beganMs = clock.monotonicMs()
    try {
      const wanted = await spec.run()
      if (typeof wanted === 'object') return Math.min(spec.everyMs, wanted.skippedForMs)
      if (failures > 0) logger.info({ duty: spec.name, failures }, `${spec.name} works again`)
      failures = 0
      spec.settled?.(null, beganMs)
      return Math.min(spec.everyMs, wanted ?? spec.everyMs)
    } catch (error) {
      failures += 1
      // The first failure of a streak is worth a line; the rest would only bury it.
      const level = failures === 1 ? 'warn' : 'debug'
      logger[level]({ duty: spec.name, failures }, `${spec.name} failed: ${messageOf(error)}`)
      spec.settled?.(error, beganMs)
      return Math.min(spec.everyMs, retryInitialMs * 2 ** Math.min(failures - 1, 10))
    }
  }

  return {
    name: spec.name,
    start() {
      active = true
      arm(0)
    },
    wake() {
      if (running) wokenMeanwhile = true
      else arm(0)
    },
    runNow: () => run(),
    async stop() {
      active = false
      timer?.cancel()
      timer = undefined
      await running
      await again
    },
    waitingMs() {
      const sinceMs = running ? lastStartMs : dueMs
      return active && (running || timer) ? Math.max(0, clock.monotonicMs() - sinceMs) : 0
    },
  }
}
