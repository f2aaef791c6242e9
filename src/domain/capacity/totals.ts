import type { Totals } from './core-types.ts'

export function newTotals(): Totals {
  return { reserved: 0, settled: 0, refunded: 0, overrun: 0 }
}

/** A grant of `reserved` units is over, and `used` were used. */
export function countSettled(totals: Totals, reserved: number, used: number): void {
  totals.settled += Math.min(reserved, used)
  totals.refunded += Math.max(0, reserved - used)
  totals.overrun += Math.max(0, used - reserved)
}
