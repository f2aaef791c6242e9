import type { Attempt } from '../../domain/task.ts'
import { attemptWords } from '../../text/attempt-words.ts'
import type { Output } from '../output.ts'

/** The attempts in the order in which they were made. */
export function attemptLines(attempts: readonly Attempt[], output: Output, nowMs: number): string[] {
  if (attempts.length === 0) return []
  const lines = attempts.map((attempt, index) => {
    const { words, aside } = attemptWords(attempt, index + 1, nowMs)
    return `  ${index + 1}. ${words}${output.style('dim', aside)}`
  })
  return ['', output.style('bold', 'Attempts'), ...lines]
}
