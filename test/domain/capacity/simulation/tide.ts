import { type Check, near } from './violation.ts'

/**
 * Capacity over every window of time at once. What was charged since the start, less what accrued since the start, is a
 * level Z. In a window from s to t the charge is rate · (t − s) + Z(t) − Z(s), so the greatest rise of Z from any moment to
 * any later one is the worst window of all lengths, and costs one comparison an event.
 *
 * The bound. A bucket B holds at most its burst and changes by what accrues less what is charged (and loses what would
 * overflow), so charge(s, t) ≤ rate · (t − s) + B(s) − B(t) ≤ rate · (t − s) + burst + debt(t). A debt arises in two ways:
 * an amount above the burst is admitted on a full bucket (≤ largest − burst), and what is under way costs more than
 * estimated: between two admissions at most D grants are settled, each at most `overrun` above its estimate; and nothing is
 * admitted before the debt is paid. So charge(s, t) ≤ rate · (t − s) + burst + (largest − burst)⁺ + D · overrun.
 *
 * From below: while somebody waits who has a place, the bucket never holds as much as is wanted, so the charge is at least
 * rate · (t − s) − debt(s) − largest, less what comes in within a millisecond: the core is woken at whole ones.
 */
export interface Tide {
  /** So many milliseconds went by, in each of which so many units came in. */
  accrue(ms: number, rate: number): void
  charge(units: number): void
  /** Whether, from now on, somebody waits for nothing but capacity. */
  busy(is: boolean): void
  /** Shares have changed: what the bucket cannot hold any more is lost, so the lower bound begins anew. */
  changed(burst: number): void
}

export function createTide(check: Check, allowance: { debt: number; largest: number }): Tide {
  let [level, lowest, highest, burst, burstMax] = [0, 0, 0, 0, 0]
  let isBusy = false
  return {
    accrue(ms, rate) {
      level -= ms * rate
      lowest = Math.min(lowest, level)
      if (!isBusy) return
      const short = highest - level - allowance.debt - allowance.largest - rate
      check(near(short), () => `capacity lies idle while somebody waits: ${short} units`)
    },
    charge(units) {
      level += units
      // A refund that the bucket has no room for is lost.
      if (units < 0) highest -= Math.max(0, allowance.largest - units - burst)
      lowest = Math.min(lowest, level)
      highest = Math.max(highest, level)
      const over = level - lowest - burstMax - allowance.debt
      check(near(over), () => `more than burst, rate and debt in a window: by ${over} units`)
    },
    busy(is) {
      if (is && !isBusy) highest = level
      isBusy = is
    },
    changed(to) {
      burst = to
      burstMax = Math.max(burstMax, to)
      highest = level
    },
  }
}
