import { describe, expect, it } from 'vitest'
import type { Random } from '../../src/ports/random.ts'

/** What every source of chance promises. */
export function randomContract(name: string, make: () => Random): void {
  describe(`random contract: ${name}`, () => {
    it('draws from [0, 1) about evenly', () => {
      const random = make()
      const draws = Array.from({ length: 4000 }, () => random.unit())
      expect(draws.every((draw) => draw >= 0 && draw < 1)).toBe(true)
      const quarters = [0, 0.25, 0.5, 0.75].map((from) =>
        draws.filter((draw) => draw >= from && draw < from + 0.25),
      )
      // 1000 expected, a standard deviation of 27: seven of them.
      for (const quarter of quarters) expect(Math.abs(quarter.length - 1000)).toBeLessThan(200)
    })

    it('makes hex of so many bytes, never the same', () => {
      const random = make()
      const ids = Array.from({ length: 500 }, () => random.hex(16))
      expect(ids.every((id) => /^[0-9a-f]{32}$/.test(id))).toBe(true)
      expect(new Set(ids).size).toBe(500)
      expect(random.hex(0)).toBe('')
    })
  })
}
