import type { Holder } from './holder.ts'
import type { TokenBucket } from './token-bucket.ts'

/** What the queue hands out, and to whom at most: the one difference between the modes `lend` and `strict`. */
export interface Funds {
  /** The first of one of its lanes came, changed or went: the queue sees it, as soon as it may compete. */
  headChanged(holder: Holder, nowMs: number): void
  /** It has another seat; null: it has left. */
  reseated(holder: Holder, nowMs: number): void
  /** Shares or rules have changed otherwise; `holders`: of this node, all whose shares may have. */
  sharesChanged(holders: Iterable<Holder>, nowMs: number): void
  /** Takes its head out of the competition, for another kind of funds to take over. */
  withdraw(holder: Holder): void
  /** Lets all compete whose own capacity has come. @returns when the next one's will have; Infinity: nobody waits for that */
  release(nowMs: number): number
  /** When the queue's next may have its amount, as far as the funds are concerned: in so many ms; 0: now. */
  waitMs(holder: Holder, amount: number, nowMs: number): number
  take(holder: Holder, amount: number, nowMs: number): void
  settle(holder: Holder, taken: number, used: number, nowMs: number): void
  /** The bucket that the holder draws from, at `nowMs`. */
  bucketOf(holder: Holder, nowMs: number): TokenBucket
}
