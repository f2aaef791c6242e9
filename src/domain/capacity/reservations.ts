import type { Totals } from './core-types.ts'
import type { Charged } from './fair-queue.ts'
import type { Holder } from './holder.ts'
import type { Lanes } from './lanes.ts'

/** Capacity that was granted and is not settled yet. */
export interface Reservation {
  readonly holder: Holder
  readonly amount: number
  readonly lane: string | null
  /** By the fair queue, which corrects it. */
  readonly charged: Charged
}

/** All reservations, the places they take, and what has become of the others. */
export interface Reservations {
  count(): number
  /** Those that have a place in flight; see `CapacityCore.release`. */
  placesTaken(): number
  totals(): Totals
  add(id: number, reservation: Reservation): void
  /** It is over, and `used` units were used. @returns undefined: there is none, or none any more */
  settle(id: number, used: number): Reservation | undefined
  /** Its place is free. */
  release(id: number): void
}

export function createReservations(lanes: Lanes): Reservations {
  const open = new Map<number, Reservation>()
  const placed = new Set<number>()
  const totals: Totals = { reserved: 0, settled: 0, refunded: 0, overrun: 0 }

  function release(id: number): void {
    const reservation = open.get(id)
    if (reservation !== undefined && placed.delete(id)) lanes.vacate(reservation.lane)
  }

  return {
    count: () => open.size,
    placesTaken: () => placed.size,
    totals: () => ({ ...totals }),
    add(id, reservation) {
      const { holder, amount, lane } = reservation
      open.set(id, reservation)
      placed.add(id)
      holder.inFlight += 1
      holder.reserved += amount
      totals.reserved += amount
      lanes.occupy(lane)
    },
    settle(id, used) {
      const reservation = open.get(id)
      if (reservation === undefined) return undefined
      release(id)
      open.delete(id)
      const { holder, amount } = reservation
      holder.inFlight -= 1
      holder.reserved = holder.inFlight === 0 ? 0 : holder.reserved - amount
      totals.settled += Math.min(amount, used)
      totals.refunded += Math.max(0, amount - used)
      totals.overrun += Math.max(0, used - amount)
      return reservation
    },
    release,
  }
}
