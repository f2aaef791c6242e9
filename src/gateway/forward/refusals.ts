import type { UpstreamFailure, UpstreamFailureKind } from '../../ports/upstream.ts'
import type { Cause } from './ending.ts'
import type { ForwardRefusal } from './forwarding.ts'

/** By RFC 9110: 504 where the upstream took too long, 502 where what came of it was no answer. */
const byFailure = {
  unreachable: { status: 502, code: 'upstream_unreachable' },
  slow_head: { status: 504, code: 'upstream_timeout' },
  slow_body: { status: 504, code: 'upstream_timeout' },
  broken: { status: 502, code: 'upstream_broken' },
} as const satisfies Record<UpstreamFailureKind, Omit<ForwardRefusal, 'message'>>

const stopping: ForwardRefusal = {
  status: 503,
  code: 'gateway_stopping',
  message: 'the gateway is stopping, and this request had no answer yet; ask again in a moment',
}

/** What a client is told that has nothing of an answer. */
export function refusalFor(cause: Cause): ForwardRefusal {
  return cause.event === 'upstream_failed' ? refusalOf(cause.failure) : stopping
}

function refusalOf(failure: UpstreamFailure): ForwardRefusal {
  return { ...byFailure[failure.kind], message: failure.message }
}
