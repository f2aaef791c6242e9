import type { ErrorEnvelope } from '../contract/outputs.ts'
import { apiVersion } from '../contract/views.ts'
import { messageOf, OperationalError, UserError } from '../errors.ts'

export type RefusalStatus = 400 | 401 | 403 | 404 | 408 | 409 | 413 | 417 | 429 | 431 | 500 | 503 | 504

/** An answer other than success, with the HTTP status that fits it. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: RefusalStatus
  readonly code: string
  readonly hint: string | undefined
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: RefusalStatus,
    code: string,
    message: string,
    hint?: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message)
    this.status = status
    this.code = code
    this.hint = hint
    this.headers = status === 401 ? { 'www-authenticate': 'Bearer', ...headers } : headers
  }
}

/** Any error as a refusal: the world's are 503, ours are 500. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (error instanceof UserError) return new Refusal(400, 'request.refused', error.message, error.hint)
  if (error instanceof OperationalError) return new Refusal(503, error.code, error.message, error.hint)
  return new Refusal(
    500,
    'daemon.bug',
    `The daemon failed on this request: ${messageOf(error)}`,
    'Its log tells where.',
  )
}

export function envelope(refusal: Refusal): ErrorEnvelope {
  return { apiVersion, error: { code: refusal.code, message: refusal.message, hint: refusal.hint ?? null } }
}
