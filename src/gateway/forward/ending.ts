import { duration } from '../../domain/duration-words.ts'
import type { UpstreamFailure } from '../../ports/upstream.ts'
import type { LastAct } from './phases.ts'

/**
 * How a forwarded request ended; told once, when nothing more will come of its upstream. What a request is charged
 * follows from it and from what its meter saw.
 */
export type Ending = EndingKind & {
  /** Of the upstream's answer, whether or not the client got it; null: none began. */
  status: number | null
  /** Bytes of the answer's body that were handed to the client. */
  forwardedBytes: number
}

/**
 * - answered: the upstream's answer, an error of its own too, is with the client or on its way to it.
 * - upstream_failed: it could not be reached, was too slow, or broke off. `told`: the client has an error of ours for it,
 *   else its connection was cut in the middle.
 * - client_gone: the client left first. `drained`: the upstream was heard to its end all the same.
 * - cut: we ended it, at a shutdown.
 */
export type EndingKind =
  | { kind: 'answered' }
  | { kind: 'upstream_failed'; failure: UpstreamFailure; told: boolean }
  | { kind: 'client_gone'; drained: boolean }
  | { kind: 'cut'; told: boolean }

/** What happened to a forwarded request from outside; the events of `forwardSteps`. */
export type Cause =
  | { event: 'upstream_ended' | 'client_left' | 'client_left_drain' | 'cut' }
  | { event: 'upstream_failed'; failure: UpstreamFailure }

export function endingOf(cause: Cause, act: LastAct): EndingKind {
  if (act === 'leave') return { kind: 'client_gone', drained: cause.event === 'upstream_ended' }
  const told = act === 'refuse'
  if (cause.event === 'upstream_failed') return { kind: 'upstream_failed', failure: cause.failure, told }
  return cause.event === 'cut' ? { kind: 'cut', told } : { kind: 'answered' }
}

/** Whoever leaves sooner may have had reasons of its own. */
const patienceMs = 60_000

/**
 * What an upstream has shown of itself: a failure, that it answers, or nothing (null), where its client left soon. Clients have
 * less patience than `head_timeout` has: one that hangs would never be known for it if only its own failures counted.
 */
export function learnedOf(
  ending: Ending | null,
  upstream: string,
  tookMs: number,
): UpstreamFailure | 'answered' | null {
  if (ending?.kind === 'upstream_failed') return ending.failure
  if (ending === null || ending.status !== null) return ending === null ? null : 'answered'
  if (ending.kind !== 'client_gone' || tookMs < patienceMs) return null
  const message = `upstream ${upstream} had begun no answer when its client left after ${duration(tookMs)}`
  return { kind: 'slow_head', message, sent: true }
}
