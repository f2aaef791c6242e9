import type { Clock } from '../../ports/clock.ts'

export interface TrustOptions {
  clock: Clock
  /** The most tasks that the program may have. */
  slots: number
  /** It has not just ended badly. */
  isFirstTry: boolean
  /** It is trusted with more. */
  onRoom(): void
}

/** With how many tasks a program that was just started is trusted. */
export interface Trust {
  capacity(): number
  readonly answers: number
  ready(): void
  answered(): void
  stop(): void
}

/** A program that cannot start (a missing module, a bad option) has mostly ended by then. */
const upAfterMs = 250
/** For programs whose tasks take long: how long one must live, without an answer, before it is trusted with all its slots. */
const trustedAfterMs = 5000
/** The same for one that ended badly the last time. */
const trustedAgainAfterMs = 60_000
/** Hundreds of slots are reached in four or five rounds, some tens of milliseconds where tasks are short. */
const tasksPerAnswer = 4

/**
 * None until it is up, then one, then four more for each that it has answered, up to all. What dies takes every task at hand
 * with it, each an attempt the poorer: a program that dies again and again must not do that to hundreds of tasks each time.
 */
export function createTrust(options: TrustOptions): Trust {
  const { clock, slots, isFirstTry } = options
  let isUp = false
  let isTrusted = false
  let answers = 0

  const ready = (): void => {
    if (isUp) return
    up.cancel()
    isUp = true
    options.onRoom()
  }
  const up = clock.after(upAfterMs, ready)
  const trusted = clock.after(isFirstTry ? trustedAfterMs : trustedAgainAfterMs, () => {
    isTrusted = true
    options.onRoom()
  })

  return {
    capacity: () => (!isUp ? 0 : isTrusted ? slots : Math.min(slots, 1 + answers * tasksPerAnswer)),
    get answers() {
      return answers
    },
    ready,
    answered() {
      answers++
    },
    stop() {
      up.cancel()
      trusted.cancel()
    },
  }
}
