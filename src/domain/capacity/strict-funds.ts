import type { FairQueue } from './fair-queue.ts'
import type { Funds } from './funds.ts'
import type { Due, Holder } from './holder.ts'
import { createIndexedHeap } from './indexed-heap.ts'
import type { BucketRate } from './shares.ts'
import { changeRate, refill, settle, tryTake, waitMs } from './token-bucket.ts'

/**
 * Mode `strict`: each holder keeps to its own bucket, and its head enters the queue when the bucket has what it wants; the
 * queue then only decides who gets the next free place among those who may.
 *
 * @param rateOf of a holder at its present seat
 */
export function createStrictFunds(queue: FairQueue<Holder>, rateOf: (holder: Holder) => BucketRate): Funds {
  const waiting = createIndexedHeap<Due>((a, b) => a.holder.since < b.holder.since)

  function consider(holder: Holder, nowMs: number): void {
    const { head } = holder.line
    const wait = head === undefined ? 0 : waitMs(holder.bucket, head.amount, nowMs)
    if (head === undefined || wait > 0) queue.rest(holder)
    else if (holder.lane === undefined) queue.wait(holder, head.lane)
    else queue.turnTo(holder, head.lane)
    putOff(holder, wait === 0 ? null : nowMs + wait)
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
