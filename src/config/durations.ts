import ms from 'ms'

/** A number and its unit, as `"30s"` or `"1.5h"`; never a bare number, whose unit would be a guess. */
export const durationPattern = /^\d{1,12}(\.\d{1,6})?(ms|s|m|h|d)$/

/** Milliseconds, rounded to a whole one; undefined when the text is no duration. */
export function parseDuration(text: string): number | undefined {
  if (!durationPattern.test(text)) return undefined
  return Math.round(ms(text as ms.StringValue))
}

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const

/** The shortest exact form (`ms` itself would round 90 s to `2m`). */
export function formatDuration(durationMs: number): string {
  const unit = units.find(([, size]) => durationMs !== 0 && durationMs % size === 0)
  return unit === undefined ? `${durationMs}ms` : `${durationMs / unit[1]}${unit[0]}`
}

/** Both ends are allowed. */
export interface DurationRange {
  minMs: number
  maxMs: number
}

/**
 * What somebody probably meant who wrote a duration in another way (`30`, `"30 seconds"`), or null. A bare number is
 * taken for seconds, and for milliseconds where that many seconds are out of range.
 */
export function suggestDuration(found: unknown, range: DurationRange): string | null {
  const meant = candidates(found).find(
    ([durationMs]) => durationMs >= range.minMs && durationMs <= range.maxMs,
  )
  return meant?.[1] ?? null
}

function candidates(found: unknown): [durationMs: number, text: string][] {
  const bare = typeof found === 'string' && /^\d{1,12}$/.test(found.trim()) ? Number(found) : found
  if (typeof bare === 'number') return Number.isSafeInteger(bare) ? readings(bare) : []
  if (typeof bare !== 'string' || bare.trim() === '' || bare.length > 40) return []
  const parsed = ms(bare.trim() as ms.StringValue) as number | undefined
  const durationMs = Math.round(parsed ?? Number.NaN)
  return Number.isFinite(durationMs) ? [[durationMs, formatDuration(durationMs)]] : []
}

function readings(bare: number): [durationMs: number, text: string][] {
  return [
    [bare * 1_000, `${bare}s`],
    [bare, formatDuration(bare)],
  ]
}
