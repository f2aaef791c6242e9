import { backoffDelayMs } from '../../domain/backoff.ts'
import type { Backoff } from '../../domain/backoff.ts'
import type { Clock } from '../../ports/clock.ts'

export interface TrustOptions {
  clock: Clock
  /** The most tasks that the program may have. */
  slots: number
  /** How often in a row it has ended badly just before. */
  crashes: number
  /** It is trusted with more. */
  onRoom(): void
}

/** With how many tasks a program that was just started is trusted. */
export interface Trust {
  capacity(): number
  readonly answers: number
  ready(): void
  answered(): void
  /** It has told of a task at hand: it works. */
  progressed(): void
  stop(): void
}

/** A program that cannot start (a missing module, a bad option) has mostly ended by then. */
const upAfterMs = 250
/**
 * For programs whose tasks take long: how long one must live, without an answer, before it is trusted with all its slots.
 * Twice as long for each crash before, so that one that dies after some seconds soon dies with one task at hand; a single
 * crash leaves the slots idle for no more than ten seconds.
 */
const trustedAfter: Backoff = { initialMs: 5000, maxMs: 60_000, jitter: 0 }
/** Hundreds of slots are reached in four or five rounds, some tens of milliseconds where tasks are short. */
const tasksPerAnswer = 4

/**
 * None until it is up, then one, then four more for each that it has answered, up to all; the first word of progress counts as
 * an answer here. What dies takes every task at hand
 * with it, each an attempt the poorer: a program that dies again and again must not do that to hundreds of tasks each time.
 */
export function createTrust(options: TrustOptions): Trust {
  const { clock, slots, crashes } = options
  let isUp = false
  let isTrusted = false
  let answers = 0
  let hasProgressed = false

  const ready = (): void => {
    if (isUp) return
    up.cancel()
    isUp = true
    options.onRoom()
  }
  const up = clock.after(upAfterMs, ready)
  const trusted = clock.after(backoffDelayMs(crashes + 1, trustedAfter, 0), () => {
    isTrusted = true
    options.onRoom()
  })

  const proofs = (): number => Math.max(answers, hasProgressed ? 1 : 0)

  return {
    capacity: () => (!isUp ? 0 : isTrusted ? slots : Math.min(slots, 1 + proofs() * tasksPerAnswer)),
    get answers() {
      return answers
    },
    ready,
    answered() {
      answers++
    },
    progressed() {
      if (hasProgressed) return
      hasProgressed = true
      options.onRoom()
    },
    stop() {
      up.cancel()
      trusted.cancel()
    },
  }
}
