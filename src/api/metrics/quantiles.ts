import type { DurationFigures } from '../../domain/metrics/percentiles.ts'
import type { Series } from './family.ts'

/** Percentiles in milliseconds as series in seconds; null: there are none. */
export function quantiles(
  figures: Pick<{ [Name in keyof DurationFigures]: number | null }, 'p50' | 'p95' | 'p99'> | null,
  labels: Record<string, string> = {},
): Series[] {
  if (figures === null) return []
  const { p50, p95, p99 } = figures
  return [['0.5', p50] as const, ['0.95', p95] as const, ['0.99', p99] as const].flatMap(([quantile, ms]) =>
    ms === null ? [] : [{ labels: { ...labels, quantile }, value: ms / 1000 }],
  )
}
