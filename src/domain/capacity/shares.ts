/**
 * How the whole capacity is divided among the positions (spec §5): position p has 2⁻ᵖ of it.
 *
 * Two sentences of the spec pull at each other: position 1 has 50 %, and the sum is always the whole. They are both kept
 * where they can be. Past `depth` the positions share the tail 2⁻ᵈᵉᵖᵗʰ equally, and then the sum is the whole. With fewer
 * tasks than that the tail 2⁻ⁿ belongs to nobody: giving it to the last would hand a lone task 200 a minute where the
 * seeds promise 100. `lend` mode is what puts the idle tail to use; the shares are its weights.
 */

/** The parts of the whole, 0–1, of positions 1…`count`. Never rising. `depth` 0 halves for ever. */
export function sharesOf(count: number, depth: number): number[] {
  return Array.from({ length: count }, (_, index) => shareOf(index + 1, count, depth))
}

/** The part of the whole, 0–1, that `position` (from 1) has when `count` tasks are in progress. */
export function shareOf(position: number, count: number, depth: number): number {
  if (depth === 0 || position <= depth) return 2 ** -position
  return 2 ** -depth / (count - depth)
}

/** What the shares are parts of. */
export interface CapacityRates {
  /** Units a minute of position 1, which has half: the whole is twice that. */
  readonly baseRate: number
  /** A bucket's size, in minutes of its own rate. */
  readonly burstMinutes: number
  /** Positions beyond this share the tail equally; 0: halve for ever. */
  readonly depth: number
}

/** How fast a bucket fills, units a minute, and how much it holds, units. */
export interface BucketRate {
  readonly ratePerMinute: number
  readonly burst: number
}

export function rateOf(share: number, rates: CapacityRates): BucketRate {
  const ratePerMinute = share * 2 * rates.baseRate
  return { ratePerMinute, burst: ratePerMinute * rates.burstMinutes }
}

/** Below the share of position 50 there is nothing to be had; that is where "for ever" ends, for those who compete. */
const depthMax = 50

/** How many positions have a weight of their own. */
export function weightedPositions(depth: number): number {
  return depth === 0 ? depthMax : Math.min(depth, depthMax)
}

/** Told by heart, for powers take longer than all else that a move costs. */
const halvings = Array.from({ length: depthMax + 1 }, (_, position) => 2 ** -position)

/** The weight of a position (from 1, up to `weightedPositions`) that has its own: its share. */
export function topWeight(position: number): number {
  return halvings[position] ?? 2 ** -position
}

/** What all positions below `depth` have together. */
export function tailWeight(depth: number): number {
  return topWeight(depth)
}
