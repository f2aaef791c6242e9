/** How full something is, as it is known to everybody (spec §10). */
export const memoryLevels = ['normal', 'warning', 'critical'] as const
export type MemoryLevel = (typeof memoryLevels)[number]

/** Where a reading lies between the thresholds. */
export type MemoryBand = 'low' | 'middle' | 'high' | 'full'

/** Percent; recover < warn < critical. */
export interface MemoryThresholds {
  warnPercent: number
  criticalPercent: number
  recoverPercent: number
}

/**
 * Level × band → level. Between two thresholds nothing changes, so that a value that hovers about one of them tells of itself
 * once: a level is left downwards only below `recoverPercent`, and then for `normal` at once.
 */
export const memoryTransitions = {
  normal: { low: 'normal', middle: 'normal', high: 'warning', full: 'critical' },
  warning: { low: 'normal', middle: 'warning', high: 'warning', full: 'critical' },
  critical: { low: 'normal', middle: 'critical', high: 'critical', full: 'critical' },
} as const satisfies Record<MemoryLevel, Record<MemoryBand, MemoryLevel>>

export function bandOf(percent: number, thresholds: MemoryThresholds): MemoryBand {
  if (percent >= thresholds.criticalPercent) return 'full'
  if (percent >= thresholds.warnPercent) return 'high'
  return percent < thresholds.recoverPercent ? 'low' : 'middle'
}

export function nextMemoryLevel(
  level: MemoryLevel,
  percent: number,
  thresholds: MemoryThresholds,
): MemoryLevel {
  return memoryTransitions[level][bandOf(percent, thresholds)]
}

/** The event of a change of level; null when there was none. */
export function memoryEvent(
  before: MemoryLevel,
  after: MemoryLevel,
): 'system.memory.warning' | 'system.memory.critical' | 'system.memory.recovered' | null {
  if (before === after) return null
  return after === 'normal' ? 'system.memory.recovered' : `system.memory.${after}`
}
