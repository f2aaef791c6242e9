/** How fast something was used lately: each use counts less the older it is, to 37 % after a minute. */
export interface UsedRate {
  /** Units, true at `atMs`. */
  units: number
  atMs: number
}

const memoryMs = 60_000

export function newUsedRate(nowMs: number): UsedRate {
  return { units: 0, atMs: nowMs }
}

export function note(rate: UsedRate, units: number, nowMs: number): void {
  rate.units = Math.max(0, unitsAt(rate, nowMs) + units)
  rate.atMs = Math.max(rate.atMs, nowMs)
}

/** Units a minute. */
export function perMinute(rate: UsedRate, nowMs: number): number {
  return (unitsAt(rate, nowMs) * 60_000) / memoryMs
}

function unitsAt(rate: UsedRate, nowMs: number): number {
  if (nowMs <= rate.atMs) return rate.units
  return rate.units * Math.exp(-(nowMs - rate.atMs) / memoryMs)
}
