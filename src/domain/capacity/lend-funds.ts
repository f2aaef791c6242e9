import type { FairQueue } from './fair-queue.ts'
import type { Funds } from './funds.ts'
import type { Holder } from './holder.ts'
import type { BucketRate } from './shares.ts'
import { changeRate, heldBucket, refill, settle, tryTake, waitMs } from './token-bucket.ts'
import type { TokenBucket } from './token-bucket.ts'

/**
 * Mode `lend`: one bucket for all of this node; whose turn it is, is the queue's affair alone.
 * @param debtMax units; a debt beyond it is forgiven, for it would be everybody's
 */
export function createLendFunds(
  queue: FairQueue<Holder>,
  rate: () => BucketRate,
  debtMax: () => number,
  tokens: number,
  nowMs: number,
): Funds {
  let bucket = bounded(changeRate(heldBucket(tokens, nowMs), rate(), nowMs))

  function bounded(next: TokenBucket): TokenBucket {
    const least = -debtMax()
    return next.tokens < least ? { ...next, tokens: least } : next
  }

  return {
    headChanged(holder) {
      const { choice } = holder.line
      if (choice === undefined) queue.rest(holder)
      else if (holder.choice === undefined) queue.wait(holder, choice)
      else queue.turnTo(holder, choice)
    },
    reseated() {},
    withdraw: (holder) => queue.rest(holder),
    sharesChanged(_holders, now) {
      const next = rate()
      if (next.ratePerMinute === bucket.ratePerMinute && next.burst === bucket.burst) return
      bucket = bounded(changeRate(bucket, next, now))
    },
    release: () => Infinity,
    waitMs(_holder, amount, now) {
      bucket = refill(bucket, now)
      return waitMs(bucket, amount, now)
    },
    take(_holder, amount, now) {
      bucket = tryTake(bucket, amount, now).bucket
    },
    settle(_holder, taken, used, now) {
      bucket = bounded(settle(bucket, taken, used, now))
    },
    bucketOf: (_holder, now) => refill(bucket, now),
  }
}
