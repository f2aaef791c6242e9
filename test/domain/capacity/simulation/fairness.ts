import { type Check, near } from './violation.ts'

/**
 * Who gets how much of what is handed out, for all pairs and all windows at once.
 *
 * Parties of one level (those with weights of their own and the tail as a whole; or those in the tail) are compared while
 * both could be served all the time: from any moment to any later one the difference of what they were charged, each by its
 * weight, is at most (D + 1)(c_f/w_f + c_g/w_g), the bound of SFQ(D) (Jin, Chase, Kaur 2004), where c is the largest cost
 * or estimate of each. The greatest rise and fall of the difference since both could be served is its range.
 *
 * From that follows what each is sure of. With φ = w_f / Σw and W all that was charged: adding up over g,
 * W ≤ Σ_g w_g (S_f/w_f + (D + 1)(c_f/w_f + c_g/w_g)), so S_f ≥ φ W − (D + 1)(c_f + φ Σ_g c_g).
 */
export interface Fairness {
  /** The order or the rules have changed: every comparison begins anew. @param weights of each party; 0: it has no seat */
  seats(levels: readonly Level[], weights: readonly number[], inFlight: number): void
  /** Whether the party could be served from now on, if it were its turn. */
  ready(party: number, is: boolean): void
  charge(party: number, cost: number): void
  /** One request of the party costs, or is thought to cost, so much. */
  seen(party: number, cost: number): void
  worst(): number
}

export type Level = 'top' | 'tail' | 'none'

export function createFairness(count: number, check: Check): Fairness {
  const served = Array.from({ length: count }, () => 0)
  const largest = Array.from({ length: count }, () => 0)
  const isReady = Array.from({ length: count }, () => false)
  const lowest = new Float64Array(count * count)
  const highest = new Float64Array(count * count)
  const summit = new Float64Array(count)
  const members: Record<Level, number[]> = { top: [], tail: [], none: [] }
  const weightOf: Record<Level, number> = { top: 0, tail: 0, none: 0 }
  const total: Record<Level, number> = { top: 0, tail: 0, none: 0 }
  let levels: readonly Level[] = []
  let weights: readonly number[] = []
  let inFlight = 0
  let worst = 0

  const weight = (party: number): number => weights[party] ?? 0
  const servedOf = (party: number): number => served[party] ?? 0
  const largestOf = (party: number): number => largest[party] ?? 0
  const perWeight = (party: number): number => servedOf(party) / weight(party)

  function begin(party: number): void {
    isReady[party] = true
    for (let other = 0; other < count; other += 1) {
      if (other === party || levels[other] !== levels[party] || isReady[other] !== true) continue
      const [low, high] = party < other ? [party, other] : [other, party]
      const difference = perWeight(low) - perWeight(high)
      lowest[low * count + high] = difference
      highest[low * count + high] = difference
    }
    summit[party] = surplus(party)
  }

  function compare(a: number, b: number): void {
    const [low, high] = a < b ? [a, b] : [b, a]
    const at = low * count + high
    const difference = perWeight(low) - perWeight(high)
    lowest[at] = Math.min(lowest[at] ?? 0, difference)
    highest[at] = Math.max(highest[at] ?? 0, difference)
    const range = (highest[at] ?? 0) - (lowest[at] ?? 0)
    const bound = (inFlight + 1) * (largestOf(low) / weight(low) + largestOf(high) / weight(high))
    worst = Math.max(worst, range / bound)
    check(
      range <= bound * (1 + 1e-9),
      () => `unfair between ${low} and ${high}: ${range / bound} × the bound`,
    )
  }

  /** What it has beyond its part of all that its level was charged. */
  function surplus(party: number): number {
    const level = levels[party] ?? 'none'
    return servedOf(party) - (weight(party) / weightOf[level]) * total[level]
  }

  function checkShares(level: Level): void {
    const costs = members[level].reduce((sum, other) => sum + largestOf(other), 0)
    for (const party of members[level]) {
      if (isReady[party] !== true) continue
      const now = surplus(party)
      summit[party] = Math.max(summit[party] ?? 0, now)
      const lost = (summit[party] ?? 0) - now
      const bound = (inFlight + 1) * (largestOf(party) + (weight(party) / weightOf[level]) * costs)
      check(near(lost - bound), () => `${party} got ${lost / bound} × the bound less than its share`)
    }
  }

  return {
    seats(newLevels, newWeights, depth) {
      levels = newLevels
      weights = newWeights
      inFlight = depth
      for (const level of ['top', 'tail'] as const) {
        members[level] = levels.flatMap((own, party) => (own === level ? [party] : []))
        weightOf[level] = members[level].reduce((sum, party) => sum + weight(party), 0)
      }
      isReady.fill(false)
    },
    ready(party, is) {
      if (!is) isReady[party] = false
      else if (isReady[party] !== true && levels[party] !== 'none') begin(party)
    },
    charge(party, cost) {
      served[party] = servedOf(party) + cost
      const level = levels[party] ?? 'none'
      if (level === 'none') return
      total[level] += cost
      if (isReady[party] === true) {
        for (const other of members[level]) {
          if (other !== party && isReady[other] === true) compare(party, other)
        }
      }
      checkShares(level)
    },
    seen(party, cost) {
      largest[party] = Math.max(largestOf(party), cost)
    },
    worst: () => worst,
  }
}
