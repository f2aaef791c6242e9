/** Chance that a seed repeats: what is struck and when. (How the processes interleave, no seed can repeat.) */
export interface Dice {
  /** From 0 up to, not including, `below`. */
  integer(below: number): number
  pick<T>(from: readonly T[]): T
  shuffled<T>(items: readonly T[]): T[]
}

/** Mulberry32 (Tommy Ettinger, public domain): 32 bits of state are plenty for choosing victims. */
export function diceOf(seed: number): Dice {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d_2b_79_f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const integer = (below: number): number => Math.floor(next() * below)
  return {
    integer,
    pick(from) {
      const picked = from[integer(from.length)]
      if (picked === undefined) throw new Error('nothing to pick from')
      return picked
    },
    shuffled(items) {
      return items
        .map((item) => ({ item, key: next() }))
        .sort((a, b) => a.key - b.key)
        .map(({ item }) => item)
    },
  }
}

/** A draw without replacement, for ever: everything comes once before anything comes again. */
export function deckOf<T>(items: readonly T[], dice: Dice): () => T {
  let left: T[] = []
  return () => {
    if (left.length === 0) left = dice.shuffled(items)
    const drawn = left.pop()
    if (drawn === undefined) throw new Error('an empty deck')
    return drawn
  }
}
