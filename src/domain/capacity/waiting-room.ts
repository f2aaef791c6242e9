import type { CapacityDemand } from './core-types.ts'
import type { Holder } from './holder.ts'
import { append, takeOut, type Wish } from './wish-line.ts'

/** All wishes that wait, whoever's they are. */
export interface WaitingRoom {
  count(): number
  /** Units of all of them. */
  amount(): number
  add(holder: Holder, demand: CapacityDemand, nowMs: number): Wish
  /** @returns whose it was; undefined: it does not wait */
  remove(id: number): Holder | undefined
}

export function createWaitingRoom(): WaitingRoom {
  const wishes = new Map<number, { wish: Wish; holder: Holder }>()
  let units = 0
  let lastId = 0

  return {
    count: () => wishes.size,
    amount: () => units,
    add(holder, { amount, lane }, nowMs) {
      lastId += 1
      const wish: Wish = { id: lastId, amount, lane, askedAtMs: nowMs, before: undefined, after: undefined }
      wishes.set(wish.id, { wish, holder })
      append(holder.line, wish)
      units += amount
      return wish
    },
    remove(id) {
      const found = wishes.get(id)
      if (found === undefined) return undefined
      wishes.delete(id)
      takeOut(found.holder.line, found.wish)
      // Sums of fractions drift; an empty room holds nothing at all.
      units = wishes.size === 0 ? 0 : units - found.wish.amount
      return found.holder
    },
  }
}
