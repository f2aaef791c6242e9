import type { ErrorEnvelope } from '../contract/outputs.ts'
import { exitCode, OperationalError, UserError } from '../errors.ts'
import type { HttpResponse } from './http.ts'

/** The daemon's refusal as the error it stands for: 4xx is the asker's, 5xx the world's. */
export function failureOf(response: HttpResponse): UserError | OperationalError {
  const { code, message, hint: theirs } = envelopeOf(response)
  const hint = code.startsWith('token.') ? `${theirs ?? ''}\nFor commands: JRCTL_TOKEN=TOKEN`.trim() : theirs
  const more = hint === null ? {} : { hint }
  if (response.status === 404) return new UserError(message, { ...more, exit: exitCode.notFound })
  if (response.status === 408 || response.status >= 500) {
    return new OperationalError(message, { ...more, code, retryable: true })
  }
  return new UserError(message, { ...more, exit: response.status === 409 ? exitCode.failed : exitCode.usage })
}

function envelopeOf({ status, body }: HttpResponse): ErrorEnvelope['error'] {
  try {
    const { error } = JSON.parse(body) as Partial<ErrorEnvelope>
    if (error && typeof error.message === 'string') return error
  } catch {
    // Not ours (a bare 408 of the HTTP server, say): the status must do.
  }
  return { code: `http.${status}`, message: `The daemon answered with HTTP status ${status}`, hint: null }
}
