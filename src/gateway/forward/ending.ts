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

/** What an upstream has shown of itself; null: nothing, for its client left too soon. */
export function learnedOf(ending: Ending | null): UpstreamFailure | 'answered' | null {
  if (ending?.kind === 'upstream_failed') return ending.failure
  return ending === null || ending.status === null ? null : 'answered'
}
