/** One measured promise. */
export interface Figure {
  what: string
  measured: string
  target: string
  met: boolean
}

/** What a bench answers. */
export interface Measured {
  figures: Figure[]
  /** More about it for the page, in Markdown. */
  details?: string
}

export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN
}

export const median = (values: readonly number[]): number => percentile(values, 0.5)
