import type { ErrorEnvelope } from '../contract/outputs.ts'
import { apiVersion } from '../contract/views.ts'
import { sanitize } from '../domain/sanitize.ts'
import { exitCode, messageOf, OperationalError, UserError, type ExitCode } from '../errors.ts'

/** Prints an error once, to stderr: a line and what to do next, or with `--json` the API's envelope. Answers the exit code. */
export function reportError(
  error: unknown,
  stderr: { write(text: string): unknown },
  json: boolean,
): ExitCode {
  const { code, message, hint, exit } = explain(error)
  if (json) {
    const shape: ErrorEnvelope = { apiVersion, error: { code, message, hint: hint ?? null } }
    stderr.write(`${JSON.stringify(shape)}\n`)
  } else {
    stderr.write(`jrctl: ${shown(message)}\n${hint === undefined ? '' : indented(shown(hint))}`)
  }
  return exit
}

/** A stack has some thousands of signs. */
const shownMax = 50_000

/** Messages name what was given to us, by whomever: none of it may move the cursor of who reads them. */
function shown(text: string): string {
  return sanitize(text, { multiline: true, lengthMax: shownMax })
}

interface Explanation {
  code: string
  message: string
  hint: string | undefined
  exit: ExitCode
}

function explain(error: unknown): Explanation {
  if (error instanceof UserError) {
    const code =
      error.exit === exitCode.notFound ? 'not_found' : error.exit === exitCode.usage ? 'usage' : 'refused'
    return { code, message: error.message, hint: error.hint, exit: error.exit }
  }
  if (error instanceof OperationalError) {
    // Spec §12: 69 means that daemon or database are out of reach.
    const outOfReach = /^(daemon|db)\./.test(error.code)
    const exit = outOfReach ? exitCode.unavailable : exitCode.failed
    return { code: error.code, message: error.message, hint: error.hint, exit }
  }
  if (isSystemError(error)) {
    const hint = 'The system refused it; see to the file, its owner or its disk, then try again.'
    return { code: `system.${error.code}`, message: error.message, hint, exit: exitCode.failed }
  }
  // A bug is shown whole: what is left out here is what a report would need.
  const stack = error instanceof Error ? (error.stack ?? error.message) : messageOf(error)
  return {
    code: 'bug',
    message: `this is a bug in jrctl: ${stack}`,
    hint: 'Please report it with the lines above.',
    exit: exitCode.failed,
  }
}

/** A refusal of the operating system (EACCES, ENOSPC, EROFS, …) that nobody below gave a better name to. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string'
}

function indented(hint: string): string {
  return hint
    .split('\n')
    .map((line) => `  ${line}\n`)
    .join('')
}
