/** From where on a figure is worth a warning, or more; null: never. */
export interface Thresholds {
  /** Tasks that wait for a worker. */
  pending: Limits
  /** Of the oldest ready task. */
  oldestMs: Limits
  /** Dead letters. */
  failed: Limits
  /** Below it, of 100. */
  score: Limits
  /** Free bytes below it, where the local state is. */
  freeBytes: Limits
}

export interface Limits {
  warn: number | null
  crit: number | null
}

const mib = 2 ** 20

/** The half hour and the scores are those of the fleet's health (spec §7). */
export const standardThresholds: Thresholds = {
  pending: { warn: null, crit: null },
  oldestMs: { warn: 30 * 60_000, crit: null },
  failed: { warn: null, crit: null },
  score: { warn: 80, crit: 50 },
  freeBytes: { warn: 256 * mib, crit: 32 * mib },
}

export type Verdict = 'WARNING' | 'CRITICAL' | null

export function above(value: number, { warn, crit }: Limits): Verdict {
  if (crit !== null && value > crit) return 'CRITICAL'
  return warn !== null && value > warn ? 'WARNING' : null
}

export function below(value: number, { warn, crit }: Limits): Verdict {
  if (crit !== null && value < crit) return 'CRITICAL'
  return warn !== null && value < warn ? 'WARNING' : null
}
