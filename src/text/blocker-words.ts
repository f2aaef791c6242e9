import type { Blocker } from '../domain/why/blocker.ts'
import { safe } from './fit.ts'

/** What keeps a task from being claimed, and what to do about it, for the end of a line. */
export function blockerWords({ sentence, next }: Blocker): string {
  if (next === null) return safe(sentence)
  return safe(`${sentence} ${next.startsWith('jrctl ') ? `Try: ${next}` : next}`)
}
