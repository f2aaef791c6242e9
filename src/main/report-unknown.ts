import { oneLine } from '../cli/health/line.ts'
import { apiVersion } from '../contract/views.ts'
import { messageOf, UserError, type ExitCode } from '../errors.ts'

/** The exit code that monitoring systems take for "nobody knows" (spec §11). */
const unknownCode: ExitCode = 3

/** What kept a health check from being one, in the form that its reader knows. Answers the exit code. */
export function reportUnknown(
  error: unknown,
  stdout: { write(text: string): unknown },
  json: boolean,
): ExitCode {
  const hint = error instanceof UserError && error.hint !== undefined ? ` (${error.hint})` : ''
  const text = oneLine(messageOf(error) + hint)
  const shape = { apiVersion, level: 'UNKNOWN', problems: [{ level: 'UNKNOWN', text }], facts: null }
  stdout.write(json ? `${JSON.stringify(shape)}\n` : `JRCTL UNKNOWN - ${text}\n`)
  return unknownCode
}
