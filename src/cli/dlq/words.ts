import type { DeathVerdict } from '../../domain/dead-letter.ts'
import { exitCode, type ExitCode } from '../../errors.ts'
import { safe } from '../../text/fit.ts'
import { duration } from '../../text/format.ts'

export type Wish = 'replay' | 'purge'
export const doneWords = { replay: 'replayed', purge: 'purged' } as const satisfies Record<Wish, string>

/** What became of a letter that this wish did not settle, and what that means for the exit code. */
export function explainVerdict(
  verdict: Exclude<DeathVerdict, { kind: 'done' }>,
  wish: Wish,
  nowMs: number,
): { sentence: string; code: ExitCode } {
  const { id } = verdict
  switch (verdict.kind) {
    case 'replayed':
      return wish === 'replay'
        ? { sentence: `${id} was replayed already${byWhom(verdict, nowMs)}.`, code: exitCode.ok }
        : {
            sentence: `${id} is not dead any more: it was replayed${byWhom(verdict, nowMs)}.`,
            code: exitCode.failed,
          }
    case 'purged':
      return wish === 'purge'
        ? { sentence: `${id} was purged already${byWhom(verdict, nowMs)}.`, code: exitCode.ok }
        : { sentence: `${id} is gone: it was purged${byWhom(verdict, nowMs)}.`, code: exitCode.notFound }
    case 'changed':
      return {
        sentence: `${id} has died again, or was changed, since it was looked at: look again, then decide.`,
        code: exitCode.failed,
      }
    case 'alive':
      return {
        sentence: `Task ${id} is ${verdict.status.replace('_', ' ')}, not dead.`,
        code: exitCode.notFound,
      }
    case 'unknown':
      return { sentence: `There is no dead letter ${id}. See \`jrctl dlq list\`.`, code: exitCode.notFound }
    case 'refused':
      return { sentence: `${id}: ${verdict.reason}. Run: ${verdict.next}`, code: exitCode.failed }
    default:
      return verdict satisfies never
  }
}

function byWhom({ at, by }: { at: number | null; by: string | null }, nowMs: number): string {
  const when = at === null ? '' : ` ${duration(Math.max(0, nowMs - at))} ago`
  return `${when}${by === null ? '' : ` by ${safe(by)}`}`
}
