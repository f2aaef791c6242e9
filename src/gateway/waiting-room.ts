import type { CapacityHolder } from '../ports/capacity.ts'

/** Who waits for capacity here, by number. */
export interface WaitingRoom {
  readonly size: number
  /** @param max places in all; one task may take half of them, so that others always find one */
  isFull(holder: CapacityHolder, max: number): boolean
  enter(holder: CapacityHolder): void
  leave(holder: CapacityHolder): void
}

export function createWaitingRoom(): WaitingRoom {
  const waiting = new Map<CapacityHolder, number>()
  let size = 0
  return {
    get size() {
      return size
    },
    isFull: (holder, max) => size >= max || (waiting.get(holder) ?? 0) >= Math.ceil(max / 2),
    enter(holder) {
      size += 1
      waiting.set(holder, (waiting.get(holder) ?? 0) + 1)
    },
    leave(holder) {
      size -= 1
      const left = (waiting.get(holder) ?? 0) - 1
      if (left > 0) waiting.set(holder, left)
      else waiting.delete(holder)
    },
  }
}
