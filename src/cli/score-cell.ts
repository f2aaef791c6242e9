import type { CellText } from './table.ts'

/** Red below what costs a step of priority, green from what earns one. */
export function scoreCell(score: number | null): CellText {
  if (score === null) return '–'
  const text = score.toFixed(1)
  if (score < 50) return { text, style: 'red' }
  return score >= 95 ? { text, style: 'green' } : text
}
