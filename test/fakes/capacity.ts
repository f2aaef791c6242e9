import { EventEmitter, once } from 'node:events'
import type { TaskId } from '../../src/domain/ids.ts'
import type {
  Capacity,
  CapacityAnswer,
  CapacityGrant,
  CapacityRefusal,
  CapacityWish,
} from '../../src/ports/capacity.ts'
import type { Clock, Timer } from '../../src/ports/clock.ts'

/**
 * Capacity without arithmetic: first come, first served, from as many units as the test supplies (no end of them at first).
 * Every task is in progress, at position 1, until an order is set.
 */
export interface FakeCapacity extends Capacity {
  /** These are in progress, the first at position 1; whoever waits for another is refused. */
  order(ids: readonly TaskId[]): void
  /** So many units, and no more. */
  set units(units: number)
  /** At most so many grants of the lane at a time. */
  lane(name: string, places: number): void
  /** All who wait, and all who ask from now on, are refused; null: no longer. */
  refuse(reason: CapacityRefusal | null): void
  readonly books: CapacityBooks
  /** Every wish, in the order of asking. */
  readonly wishes: readonly CapacityWish[]
  readonly waiting: number
  /** Settles when the next one asks, or takes its wish back. */
  once(event: 'asked' | 'cancelled'): Promise<void>
}

/** reserved = used for + refunded + in flight, at any time. */
export interface CapacityBooks {
  /** Estimates of all grants, units. */
  reserved: number
  /** Estimates of settled grants, and what was used in their place. */
  settled: number
  used: number
  refunded: number
  inFlight: number
  /** Of each kind, how often. */
  grants: number
  settlements: number
  refunds: number
  cancelled: number
}

interface Waiting {
  wish: CapacityWish
  askedMs: number
  answer(answer: CapacityAnswer): void
}

/** What a fake tells to wait: it does not know. */
const retryAfterMs = 1_000

export function fakeCapacity(clock: Clock): FakeCapacity {
  const wishes: CapacityWish[] = []
  const queue = new Set<Waiting>()
  const lanes = new Map<string, { places: number; taken: number }>()
  const books: CapacityBooks = {
    reserved: 0,
    settled: 0,
    used: 0,
    refunded: 0,
    inFlight: 0,
    grants: 0,
    settlements: 0,
    refunds: 0,
    cancelled: 0,
  }
  const events = new EventEmitter()
  let units = Number.POSITIVE_INFINITY
  let places: readonly TaskId[] | null = null
  let refusal: CapacityRefusal | null = null

  function positionOf({ holder }: CapacityWish): number | null {
    if (holder === 'untracked') return null
    return places === null ? 1 : places.indexOf(holder) + 1 || null
  }

  function isInProgress(wish: CapacityWish): boolean {
    return wish.holder === 'untracked' || positionOf(wish) !== null
  }

  function hasRoom({ amount, lane }: CapacityWish): boolean {
    const place = lane === null ? undefined : lanes.get(lane)
    return units >= amount && (place === undefined || place.taken < place.places)
  }

  function serve(): void {
    for (const one of queue) if (hasRoom(one.wish)) one.answer({ granted: true, grant: grantOf(one) })
  }

  function grantOf({ wish, askedMs }: Waiting): CapacityGrant {
    const { holder, amount } = wish
    const lane = wish.lane === null ? undefined : lanes.get(wish.lane)
    let isOpen = true
    let isPlaced = true
    units -= amount
    books.grants += 1
    books.reserved += amount
    books.inFlight += amount
    if (lane) lane.taken += 1
    const leave = () => {
      if (lane && isPlaced) lane.taken -= 1
      isPlaced = false
    }
    const end = (used: number): boolean => {
      if (!isOpen) return false
      isOpen = false
      units += amount - used
      books.inFlight -= amount
      leave()
      return true
    }
    const position = positionOf(wish)
    return {
      id: `grant-${books.grants}`,
      holder,
      position,
      share: position === null ? 0 : 2 ** -position,
      waitedMs: clock.monotonicMs() - askedMs,
      amount,
      costMax: Infinity,
      settle(used) {
        if (!end(used)) return
        books.settlements += 1
        books.settled += amount
        books.used += used
        serve()
      },
      refund() {
        if (!end(0)) return
        books.refunds += 1
        books.refunded += amount
        serve()
      },
      release() {
        leave()
        serve()
      },
    }
  }

  function refused(wish: CapacityWish, reason: CapacityRefusal): CapacityAnswer {
    return { granted: false, reason, retryAfterMs, position: positionOf(wish) }
  }

  function refuseThose(isMeant: (one: Waiting) => boolean, reason: CapacityRefusal): void {
    for (const one of queue) if (isMeant(one)) one.answer(refused(one.wish, reason))
  }

  return {
    ask(wish, answered) {
      let timer: Timer | undefined
      const leave = () => {
        timer?.cancel()
        return queue.delete(one)
      }
      const one: Waiting = {
        wish,
        askedMs: clock.monotonicMs(),
        answer: (answer) => void (leave() && answered(answer)),
      }
      wishes.push(wish)
      queue.add(one)
      if (refusal !== null) one.answer(refused(wish, refusal))
      else if (!isInProgress(wish)) one.answer(refused(wish, 'not_in_progress'))
      else serve()
      const late = () => one.answer(refused(wish, 'too_late'))
      if (queue.has(one) && wish.maxWaitMs <= 0) late()
      if (queue.has(one)) timer = clock.after(wish.maxWaitMs, late)
      events.emit('asked')
      return {
        cancel() {
          if (!leave()) return
          books.cancelled += 1
          events.emit('cancelled')
        },
      }
    },
    order(ids) {
      places = ids
      refuseThose(({ wish }) => !isInProgress(wish), 'not_in_progress')
    },
    set units(next: number) {
      units = next
      serve()
    },
    lane(name, count) {
      lanes.set(name, { places: count, taken: lanes.get(name)?.taken ?? 0 })
      serve()
    },
    refuse(reason) {
      refusal = reason
      if (reason !== null) refuseThose(() => true, reason)
    },
    once: (event) => once(events, event).then(() => {}),
    books,
    wishes,
    get waiting() {
      return queue.size
    },
  }
}
