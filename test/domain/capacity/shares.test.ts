import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rateOf, shareOf, sharesOf } from '../../../src/domain/capacity/shares.ts'

const rates = { baseRate: 100, burstMinutes: 2, depth: 7 }

describe('shares', () => {
  it.each([
    [1, 50, 100, 200],
    [2, 25, 50, 100],
    [3, 12.5, 25, 50],
    [4, 6.25, 12.5, 25],
  ])('position %i has %d %%: %d a minute, a burst of %d', (position, percent, ratePerMinute, burst) => {
    const share = shareOf(position, 4, rates.depth)
    expect(share * 100).toBe(percent)
    expect(rateOf(share, rates)).toEqual({ ratePerMinute, burst })
  })

  it('positions past the depth share the tail equally', () => {
    expect(sharesOf(5, 3)).toEqual([1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 16])
    expect(sharesOf(4, 3)).toEqual([1 / 2, 1 / 4, 1 / 8, 1 / 8])
  })

  it('depth 0 halves for ever', () => {
    expect(sharesOf(20, 0).at(-1)).toBe(2 ** -20)
  })

  it('are the whole past the depth and short of it by the idle tail before; nobody starves, nobody below has more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 1, max: 12 }), (count, depth) => {
        const shares = sharesOf(count, depth)
        const sum = shares.reduce((total, share) => total + share, 0)
        expect(sum).toBeCloseTo(count > depth ? 1 : 1 - 2 ** -count, 12)
        expect(shares.every((share, index) => share > 0 && share <= (shares[index - 1] ?? 1))).toBe(true)
      }),
    )
  })
})
