import type { DeathVerdict } from '../domain/dead-letter.ts'
import { safe } from './fit.ts'
import { duration } from './format.ts'

/** What can be asked of a dead letter. */
export type Wish = 'replay' | 'purge'
export const doneWords = { replay: 'replayed', purge: 'purged' } as const satisfies Record<Wish, string>

/** What became of a letter that a wish did not settle. @param nowMs null: how long ago is not told */
export function verdictSentence(
  verdict: Exclude<DeathVerdict, { kind: 'done' }>,
  wish: Wish,
  nowMs: number | null,
): string {
  const { id } = verdict
  switch (verdict.kind) {
    case 'replayed':
      return wish === 'replay'
        ? `${id} was replayed already${byWhom(verdict, nowMs)}.`
        : `${id} is not dead any more: it was replayed${byWhom(verdict, nowMs)}.`
    case 'purged':
      return wish === 'purge'
        ? `${id} was purged already${byWhom(verdict, nowMs)}.`
        : `${id} is gone: it was purged${byWhom(verdict, nowMs)}.`
    case 'changed':
      return `${id} has died again, or was changed, since it was looked at: look again, then decide.`
    case 'alive':
      return `Task ${id} is ${verdict.status.replace('_', ' ')}, not dead.`
    case 'unknown':
      return `There is no dead letter ${id}. See \`jrctl dlq list\`.`
    case 'refused':
      return `${id}: ${verdict.reason}. Run: ${verdict.next}`
    default:
      return verdict satisfies never
  }
}

function byWhom({ at, by }: { at: number | null; by: string | null }, nowMs: number | null): string {
  const when = at === null || nowMs === null ? '' : ` ${duration(Math.max(0, nowMs - at))} ago`
  return `${when}${by === null ? '' : ` by ${safe(by)}`}`
}
