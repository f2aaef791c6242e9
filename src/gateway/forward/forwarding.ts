import type { ServerResponse } from 'node:http'
import type { Clock } from '../../ports/clock.ts'
import type { Upstream, UpstreamRequest } from '../../ports/upstream.ts'
import type { Meter } from '../metering/meter.ts'
import type { Ending } from './ending.ts'

/** One admitted request, ready to go to its upstream. */
export interface Admitted {
  upstream: Upstream
  request: UpstreamRequest
  /** Of a client that is still there; nothing was written to it. */
  client: ServerResponse
  meter: AnswerMeter
  labels: AnswerLabels
  /** What becomes of the upstream when the client goes away. */
  abandoned: 'cancel' | 'drain'
  /** The answer's status and bytes are nobody's but ours: the dialect's shape, `x-jrctl-*` headers. */
  refuse(client: ServerResponse, refusal: ForwardRefusal): void
  clock: Clock
}

/** What looks on as the answer passes. */
export type AnswerMeter = Pick<Meter, 'head' | 'push' | 'end'>

/** Our own headers: name, value, name, value … */
export interface AnswerLabels {
  head(status: number): readonly string[]
  /**
   * What is known only when the meter has seen everything: headers of an answer that came whole, trailers of one that
   * came in pieces, nothing where neither is possible.
   */
  end(status: number): readonly string[]
  /** The names that `end` may give, for the `Trailer` header. */
  readonly endNames: string
}

/** Said in place of an answer, when nothing of one was sent. */
export interface ForwardRefusal {
  /** 502: it failed; 504: it was too slow; 503: we are going down. */
  status: 502 | 503 | 504
  code: 'upstream_unreachable' | 'upstream_timeout' | 'upstream_broken' | 'gateway_stopping'
  message: string
}

export interface Forwarding {
  /** Never rejects. */
  readonly ended: Promise<Ending>
  /** Ends it now, whatever it is at; after the end it does nothing. */
  cut(): void
}
