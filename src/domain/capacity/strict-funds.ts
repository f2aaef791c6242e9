import type { FairQueue } from './fair-queue.ts'
import type { Funds } from './funds.ts'
import type { Due, Holder } from './holder.ts'
import { createIndexedHeap } from './indexed-heap.ts'
import { choiceOf, type LaneChoice } from './lane-choice.ts'
import type { BucketRate } from './shares.ts'
import { changeRate, refill, settle, tryTake, waitMs } from './token-bucket.ts'
import { headsOf } from './wish-line.ts'

interface Affordable {
  choice: LaneChoice | undefined
  /** When it can pay one more; 0: there is none more. */
  moreInMs: number
}

/**
 * Mode `strict`: each holder keeps to its own bucket, and its head enters the queue when the bucket has what it wants; the
 * queue then only decides who gets the next free place among those who may.
 *
 * @param rateOf of a holder at its present seat
 */
export function createStrictFunds(queue: FairQueue<Holder>, rateOf: (holder: Holder) => BucketRate): Funds {
  const waiting = createIndexedHeap<Due>((a, b) => a.holder.since < b.holder.since)

  function consider(holder: Holder, nowMs: number): void {
    const { choice, moreInMs } = affordable(holder, nowMs)
    if (choice === undefined) queue.rest(holder)
    else if (holder.choice === undefined) queue.wait(holder, choice)
    else queue.turnTo(holder, choice)
    putOff(holder, moreInMs === 0 ? null : nowMs + moreInMs)
  }

  /**
   * The lanes whose firsts it can pay, in the order in which these came: a later one overtakes an earlier one, whose upstream
   * is full, only with what the earlier one leaves, which so is never starved of what it saves up for.
   */
  function affordable({ line, bucket }: Holder, nowMs: number): Affordable {
    const heads = headsOf(line)
    let amount = 0
    for (const [place, head] of heads.entries()) {
      amount += head.amount
      const moreInMs = waitMs(bucket, amount, nowMs)
      if (moreInMs > 0) return { choice: choiceOf(heads.slice(0, place)), moreInMs }
    }
    return { choice: line.choice, moreInMs: 0 }
  }

  function putOff(holder: Holder, atMs: number | null): void {
    const { due } = holder
    if (due.heapIndex >= 0) waiting.remove(due)
    if (atMs === null) return
    due.atMs = atMs
    waiting.add(due, atMs)
  }

  function rerate(holder: Holder, nowMs: number): void {
    const rate = rateOf(holder)
    if (rate.ratePerMinute === holder.bucket.ratePerMinute && rate.burst === holder.bucket.burst) return
    holder.bucket = changeRate(holder.bucket, rate, nowMs)
    consider(holder, nowMs)
  }

  return {
    headChanged: consider,
    reseated(holder, nowMs) {
      if (holder.seat === null) putOff(holder, null)
      else rerate(holder, nowMs)
    },
    sharesChanged(holders, nowMs) {
      for (const holder of holders) rerate(holder, nowMs)
    },
    withdraw(holder) {
      queue.rest(holder)
      putOff(holder, null)
    },
    release(nowMs) {
      for (let due = waiting.first(); due !== undefined; due = waiting.first()) {
        if (due.atMs > nowMs) return due.atMs
        consider(due.holder, nowMs)
      }
      return Infinity
    },
    // Whose bucket has not enough is not in the queue.
    waitMs: () => 0,
    take(holder, amount, nowMs) {
      holder.bucket = tryTake(holder.bucket, amount, nowMs).bucket
    },
    settle(holder, taken, used, nowMs) {
      holder.bucket = settle(holder.bucket, taken, used, nowMs)
      if (holder.seat !== null) consider(holder, nowMs)
    },
    bucketOf: (holder, nowMs) => refill(holder.bucket, nowMs),
  }
}
