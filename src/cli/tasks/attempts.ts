import { foreignWriter } from '../../domain/foreign-writer.ts'
import type { Attempt } from '../../domain/task.ts'
import { safe } from '../../text/fit.ts'
import { duration, moment } from '../../text/format.ts'
import type { Output } from '../output.ts'

/**
 * The attempts in the order in which they were made. That is not how they count: one that was given back counts for nothing,
 * and a replay begins anew from the first.
 */
export function attemptLines(attempts: readonly Attempt[], output: Output, nowMs: number): string[] {
  if (attempts.length === 0) return []
  const lines = attempts.map((attempt, index) => {
    const error = attempt.error === null || foreignWriter(attempt) !== null ? '' : `: ${safe(attempt.error)}`
    const where = `${safe(attempt.jrName)} on ${safe(attempt.nodeId)}`
    const how = `${endOf(attempt)}${error}${output.style('dim', countOf(attempt, index + 1))}`
    return `  ${index + 1}. ${where}, ${moment(attempt.startedAt, nowMs)}, ${how}`
  })
  return ['', output.style('bold', 'Attempts'), ...lines]
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
