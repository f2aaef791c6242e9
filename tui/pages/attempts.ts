import type { Attempt } from '../../src/domain/task.ts'
import { attemptWords } from '../../src/text/attempt-words.ts'
import type { Line } from '../line.ts'
import { marked } from './field.ts'

/** The attempts in the order in which they were made, after a blank line; nothing where there were none. */
export function attemptLines(attempts: readonly Attempt[], columns: number, nowMs: number): Line[] {
  if (attempts.length === 0) return []
  const lines = attempts.flatMap((attempt, index) => {
    const { words, aside } = attemptWords(attempt, index + 1, nowMs)
    return marked(`  ${index + 1}. `, words + aside, columns)
  })
  return [[], [{ text: 'Attempts', role: 'title' }], ...lines]
}
