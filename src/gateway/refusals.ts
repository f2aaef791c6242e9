import type { ServerResponse } from 'node:http'
import type { Dialect } from './request/endpoint.ts'
import type { UnpreparedCode } from './request/unprepared.ts'

/** Why a request of a client is not served. `code` is stable and machine-readable. */
export interface GatewayRefusal {
  status: number
  code: RefusalCode
  /** For whoever reads the client's exception: the offender, the limit, the next step. */
  message: string
  /** Milliseconds until it is worth another try; absent: never. */
  retryAfterMs?: number
  /** Where its task stands. */
  position?: number | null
  waitedMs?: number
}

/** Bounded, for they are labels of a metric. */
export type RefusalCode =
  | UnpreparedCode
  | 'not_found'
  | 'method_not_allowed'
  | 'bad_host'
  | 'bad_origin'
  | 'key_missing'
  | 'key_unknown'
  | 'attempt_ended'
  | 'keys_unavailable'
  | 'not_in_progress'
  | 'too_large'
  | 'unsupported_encoding'
  | 'model_unknown'
  | 'no_upstream'
  | 'too_late'
  | 'too_many'
  | 'upstream_unreachable'
  | 'upstream_timeout'
  | 'upstream_broken'
  | 'gateway_stopping'
  | 'internal'

/**
 * Answers in the shape that the client's SDK knows, so that its exception shows our message. Says nothing when an answer has
 * begun already or the client is gone.
 * @param more further headers: name, value, name, value …
 */
export function answerRefusal(
  response: ServerResponse,
  dialect: Dialect,
  refusal: GatewayRefusal,
  more: readonly string[] = [],
): void {
  if (response.headersSent || response.destroyed) return
  const body = Buffer.from(JSON.stringify(shapeOf(dialect, refusal)))
  response.writeHead(refusal.status, [
    'content-type',
    'application/json',
    'content-length',
    String(body.byteLength),
    ...retryHeaders(refusal),
    ...standingHeaders(refusal),
    ...more,
  ])
  response.end(body)
}

/** Both SDKs prefer `retry-after-ms`; without it they would come back sooner than it is worth. */
function retryHeaders({ status, retryAfterMs }: GatewayRefusal): string[] {
  // The SDKs would try 409 and 5xx again. Our own no, and our own mistake, another try cannot mend; an upstream that is away
  // or broke off (502, 504) may be back, and without us they would try it again too.
  if (retryAfterMs === undefined) return status === 409 || status === 500 ? ['x-should-retry', 'false'] : []
  const waitMs = Math.max(1, Math.ceil(retryAfterMs))
  return ['retry-after', String(Math.ceil(waitMs / 1000)), 'retry-after-ms', String(waitMs)]
}

function standingHeaders({ position, waitedMs }: GatewayRefusal): string[] {
  return [
    ...(position === undefined || position === null ? [] : ['x-jrctl-position', String(position)]),
    ...(waitedMs === undefined ? [] : ['x-jrctl-waited-ms', String(Math.round(waitedMs))]),
  ]
}

/** OpenAI's `type` and Anthropic's `error.type` by status, as their own APIs use them. */
const types: Record<number, { openai: string; anthropic: string }> = {
  400: { openai: 'invalid_request_error', anthropic: 'invalid_request_error' },
  401: { openai: 'authentication_error', anthropic: 'authentication_error' },
  403: { openai: 'permission_error', anthropic: 'permission_error' },
  404: { openai: 'invalid_request_error', anthropic: 'not_found_error' },
  413: { openai: 'invalid_request_error', anthropic: 'request_too_large' },
  429: { openai: 'rate_limit_error', anthropic: 'rate_limit_error' },
}
const otherTypes = {
  client: { openai: 'invalid_request_error', anthropic: 'invalid_request_error' },
  server: { openai: 'api_error', anthropic: 'api_error' },
}

function shapeOf(dialect: Dialect, { status, code, message }: GatewayRefusal): object {
  const type = (types[status] ?? (status < 500 ? otherTypes.client : otherTypes.server))[dialect]
  return dialect === 'openai'
    ? { error: { message, type, param: null, code } }
    : { type: 'error', error: { type, message }, code }
}
