import { messageOf } from '../../errors.ts'
import type { Clock, Timer } from '../../ports/clock.ts'
import type { Ledger } from '../../ports/ledger.ts'
import type { Logger } from '../../ports/logger.ts'
import type { LoopDelay } from '../../ports/loop-delay.ts'
import type { Duty } from '../duty.ts'
import { type HoldUp, holdUpText, isSlow, slowText } from './stall-words.ts'

/**
 * Sees whether this daemon itself gets on: how late its event loop runs, and whether each duty comes to the end of its passes.
 * A stall is told and shown, and kills nobody; a wedge, which nothing mends but a new daemon, is told the service manager by
 * its watchdog being left alone (spec §15: a stalled loop is not petted). Workers live through that.
 */
export interface StallWatch {
  start(duties: readonly Pick<Duty, 'name' | 'waitingMs'>[]): void
  stop(): void
  /** What does not get on, so that only a new start helps; null: all does. */
  wedged(): string | null
  /** What an operator should know of, in plain words; null: nothing. */
  complaint(): string | null
}

const lookEveryMs = 10_000
/** Nobody has looked for so long: the watch itself is dead. */
const lookOverdueMs = 60_000
/** A pass has its statements' timeouts; only a wedged one takes longer than this. A look after a stop proves nothing, two do. */
const passMsMin = 600_000
const statementsMax = 20
/** A hold-up is shown for so long after it. */
const shownMs = 300_000

export function createStallWatch(deps: {
  loopDelay: LoopDelay
  /** How long one statement of a duty may take. */
  statementTimeoutMs: number
  clock: Clock
  ledger: Ledger
  logger: Logger
  /** Told after each look. */
  looked(): void
}): StallWatch {
  const { clock, ledger, logger, loopDelay } = deps
  const passMsMax = Math.max(passMsMin, statementsMax * deps.statementTimeoutMs)
  let duties: readonly Pick<Duty, 'name' | 'waitingMs'>[] = []
  let timer: Timer | undefined
  let dueMs = 0
  let lastLookMs = 0
  let late = new Set<string>()
  let wedge: string | null = null
  let slowLooks = 0
  let slowMs = 0
  let heldUp: (HoldUp & { untilMs: number }) | null = null

  function look(): void {
    const nowMs = clock.monotonicMs()
    try {
      lookAtLoop(nowMs)
      lookAtDuties()
      deps.looked()
    } catch (error) {
      logger.error({}, `the daemon cannot look at itself: ${messageOf(error)}`)
    }
    lastLookMs = nowMs
    arm()
  }

  function lookAtLoop(nowMs: number): void {
    const figures = loopDelay.look()
    // The histogram forgets its last sample when it is read, so a hold-up from there on shows in our own timer alone.
    const forMs = Math.max(figures.maxMs, nowMs - dueMs)
    slowLooks = isSlow(figures.p99Ms) ? slowLooks + 1 : 0
    slowMs = figures.p99Ms
    const holdUp = { forMs, cpuMs: figures.cpuMs, at: clock.wallMs() }
    const text = holdUpText(holdUp)
    if (text === null) return
    heldUp = { ...holdUp, untilMs: nowMs + shownMs }
    logger.warn({ forMs, cpuMs: figures.cpuMs }, text)
    ledger.note({
      eventType: 'daemon.stalled',
      level: 'warn',
      actor: 'daemon',
      message: text,
      data: { forMs: Math.round(forMs), cpuMs: Math.round(figures.cpuMs) },
    })
  }

  function lookAtDuties(): void {
    const lateNow = duties.filter((duty) => duty.waitingMs() > passMsMax)
    const wedgedNow = lateNow.filter(({ name }) => late.has(name)).map(({ name }) => name)
    late = new Set(lateNow.map(({ name }) => name))
    const before = wedge
    wedge =
      wedgedNow.length === 0
        ? null
        : `${wedgedNow.join(', ')}: no end of a pass for ${Math.round(passMsMax / 60_000)} min`
    if (wedge !== null && wedge !== before) logger.error({}, `The daemon is wedged: ${wedge}`)
    else if (wedge === null && before !== null) logger.info({}, 'The daemon gets on again')
  }

  function arm(): void {
    dueMs = clock.monotonicMs() + lookEveryMs
    timer = clock.after(lookEveryMs, look, { background: true })
  }

  return {
    start(watched) {
      duties = watched
      lastLookMs = clock.monotonicMs()
      // What came before, the start, is no stall.
      loopDelay.look()
      arm()
    },
    stop() {
      timer?.cancel()
      loopDelay.stop()
    },
    wedged() {
      return clock.monotonicMs() - lastLookMs > lookOverdueMs ? 'the daemon looks no longer at itself' : wedge
    },
    complaint() {
      if (wedge !== null) return `wedged: ${wedge}`
      if (slowLooks > 1) return slowText(slowMs)
      return heldUp !== null && clock.monotonicMs() < heldUp.untilMs ? holdUpText(heldUp) : null
    },
  }
}
