import type { Random } from '../../src/ports/random.ts'

/** The same seed gives the same run (mulberry32: 32 bits of state, good enough to shuffle tests by). */
export function fakeRandom(seed = 1): Random {
  let state = seed >>> 0
  const unit = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const byte = (): string =>
    Math.floor(unit() * 256)
      .toString(16)
      .padStart(2, '0')
  return { unit, hex: (count) => Array.from({ length: count }, byte).join('') }
}
