import type { CommonView, HolderView } from './core-types.ts'
import type { CurrentShares } from './current-shares.ts'
import type { FairQueue } from './fair-queue.ts'
import type { Funds } from './funds.ts'
import type { Holder } from './holder.ts'
import type { Reservations } from './reservations.ts'
import type { CapacityRules } from './rules.ts'
import { rateOf } from './shares.ts'
import type { Standings } from './standings.ts'
import { perMinute } from './used-rate.ts'
import type { WaitingRoom } from './waiting-room.ts'
import { headsOf } from './wish-line.ts'

/** What people are told of a holder. */
export interface CoreViews {
  of(holder: Holder): HolderView
  /** The first positions, so many, and then the untracked. */
  first(limit: number, untracked: Holder | undefined): HolderView[]
  /** @param bucket null: there is none for all */
  common(bucket: { tokens: number; burst: number } | null): CommonView
  /** See `CapacityCore.waitEstimateMs`. */
  waitOfNextMs(holder: Holder, amount: number): number
  positionOf(holder: Holder): number | null
}

interface Seen {
  rules: CapacityRules
  funds: Funds
  nowMs: number
}

export function createCoreViews(
  parts: {
    queue: FairQueue<Holder>
    standings: Standings
    shares: CurrentShares
    waiting: WaitingRoom
    reservations: Reservations
  },
  current: () => Seen,
): CoreViews {
  const { queue, standings, shares, waiting, reservations } = parts

  /** Until `cost` units more of this holder are granted, when `all` units wait in all. */
  function estimateMs(holder: Holder, cost: number, all: number): number {
    const { funds, rules, nowMs } = current()
    const bucket = funds.bucketOf(holder, nowMs)
    const ahead = Math.max(0, queue.aheadOf(holder)) + cost
    const before = rules.mode === 'strict' ? cost : Math.min(ahead / queue.partOf(holder), all)
    const missing = Math.max(0, before - bucket.tokens)
    return missing === 0 ? 0 : (missing * 60_000) / bucket.ratePerMinute
  }

  /** More than the burst is never there: it is granted on a full bucket. */
  function neededOf(holder: Holder, amount: number): number {
    const { funds, nowMs } = current()
    return Math.min(amount, funds.bucketOf(holder, nowMs).burst)
  }

  /** Null: nothing waits, or for ever. */
  function waitOfFirstMs(holder: Holder): number | null {
    const [first] = headsOf(holder.line)
    if (first === undefined) return null
    const ms = estimateMs(holder, neededOf(holder, first.amount), waiting.amount())
    return ms === Infinity ? null : ms
  }

  const positionOf = (holder: Holder): number | null =>
    holder.standing === null ? null : standings.positionOf(holder)

  function of(holder: Holder): HolderView {
    const { funds, rules, nowMs } = current()
    const { id, own, line, inFlight, reserved } = holder
    const share = shares.of(holder)
    const { ratePerMinute } = rateOf(share, rules)
    const usedPerMinute = perMinute(holder.used, nowMs)
    const bucket = rules.mode === 'strict' && own ? funds.bucketOf(holder, nowMs) : null
    return {
      holder: id,
      own,
      position: positionOf(holder),
      share,
      ratePerMinute,
      tokens: bucket?.tokens ?? null,
      burst: bucket?.burst ?? null,
      waiting: line.count,
      waitingAmount: line.amount,
      inFlight,
      reserved,
      usedPerMinute,
      lentPerMinute: Math.max(0, usedPerMinute - ratePerMinute),
      waitEstimateMs: waitOfFirstMs(holder),
    }
  }

  return {
    positionOf,
    waitOfNextMs(holder, amount) {
      const needed = neededOf(holder, amount)
      return estimateMs(holder, holder.line.amount + needed, waiting.amount() + needed)
    },
    of,
    first(limit, untracked) {
      const shown: HolderView[] = []
      for (let position = 1; position <= Math.min(limit, standings.size()); position += 1) {
        const holder = standings.at(position)
        if (holder !== undefined) shown.push(of(holder))
      }
      return untracked === undefined ? shown : [...shown, of(untracked)]
    },
    common(bucket) {
      const { rules } = current()
      return {
        ratePerMinute: rateOf(shares.ofNode(), rules).ratePerMinute,
        tokens: bucket?.tokens ?? null,
        burst: bucket?.burst ?? null,
        waiting: waiting.count(),
        waitingAmount: waiting.amount(),
        inFlight: reservations.count(),
        inFlightMax: rules.inFlight,
        totals: reservations.totals(),
      }
    },
  }
}
