import type { Holder } from './holder.ts'
import type { CapacityRules } from './rules.ts'
import { tailWeight, topWeight, weightedPositions } from './shares.ts'
import type { Standings } from './standings.ts'

/** Shares as they are now, by who is in progress and by the rules. */
export interface CurrentShares {
  /** A holder's part of the whole capacity, 0–1. */
  of(holder: Holder): number
  /** This node's: its own tasks' shares, of those of all tasks in progress. */
  ofNode(): number
}

export function createCurrentShares(standings: Standings, rules: () => CapacityRules): CurrentShares {
  function seatOf(holder: Holder): number | 'tail' {
    if (holder.seat !== null) return holder.seat
    const position = standings.positionOf(holder)
    return position > weightedPositions(rules().depth) ? 'tail' : position
  }

  return {
    of(holder) {
      const seat = seatOf(holder)
      if (seat !== 'tail') return topWeight(seat)
      const { depth, untracked } = rules()
      return tailWeight(weightedPositions(depth)) / Math.max(1, standings.tailSize() + untracked)
    },
    ofNode() {
      const { untracked } = rules()
      if (standings.isAllOwn() && untracked <= 1) return 1
      const { all, own } = standings.sums(untracked)
      return own === all ? 1 : own / all
    },
  }
}
