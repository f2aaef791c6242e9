/** How long executions took: nearest-rank percentiles and the mean, in whole milliseconds. */
export interface DurationFigures {
  p50: number
  p95: number
  p99: number
  avgDurationMs: number
}

/**
 * Of durations in ascending order; null when there are none. A percentile is a value that occurred: the smallest one that
 * `part` of all do not exceed (nearest rank, as the fleets' dashboards have always shown it).
 */
export function durationFigures(ascending: ArrayLike<number>): DurationFigures | null {
  if (ascending.length === 0) return null
  let sum = 0
  for (let index = 0; index < ascending.length; index += 1) sum += ascending[index] ?? 0
  return {
    p50: percentile(ascending, 0.5),
    p95: percentile(ascending, 0.95),
    p99: percentile(ascending, 0.99),
    avgDurationMs: Math.round(sum / ascending.length),
  }
}

/** @param part 0–1 */
export function percentile(ascending: ArrayLike<number>, part: number): number {
  const rank = Math.ceil(part * ascending.length)
  return Math.round(ascending[Math.max(0, rank - 1)] ?? 0)
}
