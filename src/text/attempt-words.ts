import { foreignWriter } from '../domain/foreign-writer.ts'
import type { Attempt } from '../domain/task.ts'
import { safe } from './fit.ts'
import { duration, moment } from './format.ts'

/**
 * An attempt in a line: who, when, how it ended. `place` is its place in the order in which attempts were made, which is not how
 * they count: one that was given back counts for nothing, and a replay begins anew from the first. `aside` tells of that.
 */
export function attemptWords(
  attempt: Attempt,
  place: number,
  nowMs: number,
): { words: string; aside: string } {
  const error = attempt.error === null || foreignWriter(attempt) !== null ? '' : `: ${safe(attempt.error)}`
  const where = `${safe(attempt.jrName)} on ${safe(attempt.nodeId)}`
  return {
    words: `${where}, ${moment(attempt.startedAt, nowMs)}, ${endOf(attempt)}${error}`,
    aside: countOf(attempt, place),
  }
}

function endOf(attempt: Attempt): string {
  const { outcome, startedAt, endedAt } = attempt
  if (endedAt === null) return 'at work'
  const writer = foreignWriter(attempt)
  const what = writer === null ? outcome : `ended by plain SQL of ${safe(writer)}`
  return `${what} after ${duration(endedAt - startedAt)}`
}

/** Which try it counts as, where that is not what its place says. */
function countOf({ attempt, outcome }: Attempt, place: number): string {
  if (outcome === 'released') return ' (not counted)'
  return attempt === place ? '' : ` (counted as try ${attempt})`
}
