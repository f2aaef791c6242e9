import type { TaskId } from '../ids.ts'
import type { PositionInput } from '../positions.ts'
import { type Flow, newFlow } from './fair-queue.ts'
import type { Heaped } from './indexed-heap.ts'
import type { BucketRate } from './shares.ts'
import { emptyBucket, type TokenBucket } from './token-bucket.ts'
import { newUsedRate, type UsedRate } from './used-rate.ts'
import { newWishLine, type WishLine } from './wish-line.ts'

/** Who uses capacity: a task in progress, or all who show no key together. */
export type HolderId = TaskId | 'untracked'

/** All that the core knows of a holder. */
export interface Holder extends Flow {
  readonly id: HolderId
  /** What its position depends on; null: the untracked, who stand below all. */
  standing: PositionInput | null
  /** Works on this node, and so may ask here. */
  readonly own: boolean
  readonly line: WishLine
  /** Grants that are not settled yet, and the units reserved by them. */
  inFlight: number
  reserved: number
  readonly used: UsedRate
  /** Its own bucket, in mode `strict`. */
  bucket: TokenBucket
  readonly due: Due
}

/** When a holder's own bucket will have what its head wants. */
export interface Due extends Heaped {
  readonly holder: Holder
  atMs: number
}

const noRate: BucketRate = { ratePerMinute: 0, burst: 0 }

export function newHolder(id: HolderId, standing: PositionInput | null, own: boolean, nowMs: number): Holder {
  const holder = {
    ...newFlow(),
    id,
    standing,
    own,
    line: newWishLine(),
    inFlight: 0,
    reserved: 0,
    used: newUsedRate(nowMs),
    bucket: emptyBucket(noRate, nowMs),
  }
  const due = { atMs: 0, heapIndex: -1 }
  return Object.assign(holder, { due: Object.assign(due, { holder: holder as unknown as Holder }) })
}
