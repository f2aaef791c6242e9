/**
 * The three ways things go wrong. Only main.ts prints them and sets exit codes.
 *
 * An expected refusal (a stale fence, a task that is already finished) is a value, not an error.
 */

/** Exit codes of spec §12. */
export const exitCode = { ok: 0, failed: 1, usage: 2, notFound: 3, unavailable: 69 } as const

export type ExitCode = (typeof exitCode)[keyof typeof exitCode]

/** Somebody asked for something that cannot be done; the message names the offender, the hint the next step. */
export class UserError extends Error {
  override readonly name = 'UserError'
  readonly hint: string | undefined
  readonly exit: ExitCode

  constructor(message: string, options: { hint?: string; exit?: ExitCode; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.hint = options.hint
    this.exit = options.exit ?? exitCode.usage
  }
}

/** The world failed: a database away, a disk full. `code` is stable and machine-readable (`db.unreachable`, …). */
export class OperationalError extends Error {
  override readonly name = 'OperationalError'
  readonly code: string
  readonly retryable: boolean
  readonly hint: string | undefined

  constructor(
    message: string,
    options: { code: string; retryable: boolean; hint?: string; cause?: unknown },
  ) {
    super(message, { cause: options.cause })
    this.code = options.code
    this.retryable = options.retryable
    this.hint = options.hint
  }
}

/** We broke a promise to ourselves. Never caught to go on; always shown whole. */
export class BugError extends Error {
  override readonly name = 'BugError'
}

/** The message of anything thrown, for logs and for rows. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
