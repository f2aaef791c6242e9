/** Says, at the moment it happens, that a promise was broken. */
export type Check = (holds: boolean, what: () => string) => void

/** At most nothing, but for the rounding of long sums. */
export function near(excess: number): boolean {
  return excess <= 1e-6
}
