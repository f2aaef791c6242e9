import type { PositionInput } from '../positions.ts'
import type { HolderId } from './holder.ts'
import type { CapacityRules } from './rules.ts'

/** A wish for capacity. */
export interface CapacityDemand {
  holder: HolderId
  /** What it will probably cost, units; finite and ≥ 0. */
  amount: number
  /** The upstream of which it needs a place; null: of none. */
  lane: string | null
}

export type Asked =
  | { asked: true; wishId: number }
  | {
      asked: false
      /** not_in_progress: no task of this node that is in progress. too_many: as many wait as may. */
      reason: 'not_in_progress' | 'too_many'
      /** When asking again is worth while: an estimate. */
      retryAfterMs: number
      position: number | null
    }

/** Capacity that is reserved, until it is settled. */
export interface CoreGrant {
  /** The wish's id. */
  id: number
  holder: HolderId
  /** From 1; null: the untracked. */
  position: number | null
  /** 0–1, of the whole capacity. */
  share: number
  amount: number
  lane: string | null
  waitedMs: number
}

export interface Dispatched {
  grants: CoreGrant[]
  /** When `dispatch` has something to do again if nothing else happens before; null: not before something does. */
  wakeAtMs: number | null
}

/** One holder as an operator sees it, at one moment. */
export interface HolderView {
  holder: HolderId
  /** Works on this node: only then is the rest more than its share. */
  own: boolean
  /** From 1; null: the untracked. */
  position: number | null
  /** 0–1, of the whole capacity. */
  share: number
  /** What its share is, units a minute. */
  ratePerMinute: number
  /** Its own bucket, in mode `strict`; null in `lend`, where there is one for all (`common`). */
  tokens: number | null
  burst: number | null
  waiting: number
  waitingAmount: number
  inFlight: number
  reserved: number
  /** Used lately, over a minute or so. */
  usedPerMinute: number
  /** How much of that is beyond its share: capacity that others left to it. */
  lentPerMinute: number
  /** Until the first that waits is granted, an estimate: see `waitEstimateMs`. Null: nothing waits, or it is unknown. */
  waitEstimateMs: number | null
}

/** All that this node hands out. */
export interface CommonView {
  /** What this node may hand out: its part of the whole. */
  ratePerMinute: number
  /** Mode `lend`; null in `strict`. */
  tokens: number | null
  burst: number | null
  waiting: number
  waitingAmount: number
  inFlight: number
  inFlightMax: number
  /** Since the start; always reserved = settled + refunded + reserved by those in flight. */
  totals: Totals
}

/** Units. */
export interface Totals {
  reserved: number
  /** Of what was reserved, what was really used. */
  settled: number
  /** Of what was reserved, what was not used. */
  refunded: number
  /** Used beyond what was reserved. */
  overrun: number
}

/** What is worth keeping across restarts. */
export interface CapacityBalances {
  /** Mode `lend`: of this node's one bucket; null in `strict`. */
  common: number | null
  /** Mode `strict`; empty in `lend`. */
  holders: { holder: HolderId; tokens: number }[]
}

/**
 * Who gets how much of the LLM, when, and in which order (spec §5): a value that changes only by being called, with the
 * time as an argument (monotonic ms; a time before the last counts as the last), and waits for nothing. Whoever owns it
 * calls `dispatch` after whatever may have made room (`ask`, `cancel`, `settle`, `enter`, `move`, `leave`, `setLane`,
 * `setRules`) and at `wakeAtMs`; several changes may share one `dispatch`.
 */
export interface CapacityCore {
  /**
   * A task is in progress: of this node (`own`) or another; all stand in the order, only own ones may ask. One that is
   * there already is moved; if it has changed nodes it leaves first.
   * @returns ids of waiting wishes that are refused by that
   */
  enter(task: PositionInput, own: boolean, nowMs: number): number[]
  /** What its position depends on has changed (it was made urgent, …). */
  move(task: PositionInput, nowMs: number): void
  /**
   * It is no longer in progress. Its outstanding grants may still be settled.
   * @returns ids of its waiting wishes, which are refused: `not_in_progress`
   */
  leave(id: HolderId, nowMs: number): number[]
  /** @returns ids of waiting wishes that are refused: the untracked's, when they may no longer ask */
  setRules(rules: CapacityRules, nowMs: number): number[]
  /** How many grants an upstream takes at once. Of a lane never heard of, any number. */
  setLane(name: string, places: number): void
  /**
   * Of an amount above `costMax` no more than that is asked for.
   * @throws RangeError when the amount is negative or no number
   */
  ask(demand: CapacityDemand, nowMs: number): Asked
  /** Nobody waits for it any more. @returns false: it does not wait */
  cancel(wishId: number, nowMs: number): boolean
  /**
   * Grants what can be granted now, in the order in which it shall be; a bounded number a call. Whose turn it is, is given the
   * oldest of its wishes whose lane has room.
   */
  dispatch(nowMs: number): Dispatched
  /**
   * `used` units were really used (of more than `costMax`, that much is believed); the grant is over, and its place in its lane
   * is free. `used` 0 is a refund.
   * @returns false: there is no such grant, or it was settled before; nothing happens
   * @throws RangeError when `used` is negative or no number
   */
  settle(grantId: number, used: number, nowMs: number): boolean
  /**
   * Its place is free, though it is not settled: for whoever settles late, or never, and must not keep others waiting for a
   * place. It goes on being charged. Nothing happens when there is no such grant.
   */
  release(grantId: number): void
  /** The first `limit` positions, and the untracked where they may ask. */
  views(nowMs: number, limit: number): HolderView[]
  /** Undefined: it holds nothing, being not in progress. */
  view(id: HolderId, nowMs: number): HolderView | undefined
  common(nowMs: number): CommonView
  /**
   * How long a wish for `amount` more would wait, after all that its holder waits for already. An estimate: all who wait
   * now go on, nobody joins, nothing costs other than estimated, and there is a free place; never negative. Infinity: for
   * ever, or it may not ask.
   */
  waitEstimateMs(id: HolderId, amount: number, nowMs: number): number
  save(nowMs: number): CapacityBalances
  /**
   * Balances as they were saved; nothing accrues for the time since. They are kept for when it is known who is in progress
   * (`forgetAbsent`), and are saved again until then.
   */
  restore(balances: CapacityBalances, nowMs: number): void
  /** All have entered who are in progress: the restored balances are theirs, and those of others are gone. */
  forgetAbsent(): void
}
