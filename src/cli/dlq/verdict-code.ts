import type { DeathVerdict } from '../../domain/dead-letter.ts'
import { exitCode, type ExitCode } from '../../errors.ts'
import type { Wish } from '../../text/death-verdict.ts'

type Other = Exclude<DeathVerdict, { kind: 'done' }>['kind']

const { ok, failed, notFound } = exitCode
/** What is as it was wished for is no failure, whoever made it so. */
const codes = {
  replay: {
    replayed: ok,
    purged: notFound,
    changed: failed,
    alive: notFound,
    unknown: notFound,
    refused: failed,
  },
  purge: {
    replayed: failed,
    purged: ok,
    changed: failed,
    alive: notFound,
    unknown: notFound,
    refused: failed,
  },
} as const satisfies Record<Wish, Record<Other, ExitCode>>

/** What a letter that a wish did not settle means for the exit code. */
export function verdictCode(kind: Other, wish: Wish): ExitCode {
  return codes[wish][kind]
}
