import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { curve, gathered } from '../../../tui/components/curve.ts'

const add = (one: number, other: number) => one + other

describe('a curve', () => {
  it('begins at zero: half the value is half the height', () => {
    expect(curve([0, 1, 4, 8, null], 8, 'blocks')).toEqual(['·▁▄█ '])
    expect(curve([0, 1, 3, 6, null], 6, 'ascii')).toEqual(['._=# '])
    expect(curve([1, 2], 2, 'words')).toEqual([])
  })

  it('goes up by whole lines where there is room', () => {
    expect(curve([0, 1, 8, 12, 24, null], 24, 'blocks', 3)).toEqual(['    █ ', '   ▄█ ', '·▁███ '])
  })

  it('never draws something as nothing', () => {
    expect(curve([1], 1_000_000, 'blocks')).toEqual(['▁'])
    expect(curve([1], 1_000_000, 'blocks', 2)).toEqual([' ', '▁'])
    expect(curve([0, 0], 0, 'blocks')).toEqual(['··'])
  })
})

describe('a series in fewer cells', () => {
  it('adds up by the bounds of the clock, and leaves blank what was not counted', () => {
    const series = { values: [1, 2, 3, 4, 5], bucketMs: 10, openedAt: 90 }
    // Buckets 5 to 9: [5], [6 7], [8 9].
    expect(gathered(series, 3, add)).toEqual({ values: [1, 5, 9], bucketMs: 20 })
    expect(gathered({ ...series, values: [7] }, 3, add)).toEqual({ values: [null, null, 7], bucketMs: 10 })
  })

  it('moves on and never changes behind the eye', () => {
    const values = fc.array(fc.nat(9), { minLength: 61, maxLength: 61 })
    fc.assert(
      fc.property(values, fc.integer({ min: 40, max: 100 }), (all, bucket) => {
        const now = gathered({ values: all.slice(0, 60), bucketMs: 1, openedAt: bucket }, 21, add)
        const next = gathered({ values: all.slice(1), bucketMs: 1, openedAt: bucket + 1 }, 21, add)
        const moved = Math.floor((bucket + 1) / 3) - Math.floor(bucket / 3)
        // The oldest cell loses what the ring forgets, the newest is still open.
        expect(next.values.slice(2, 20 - moved)).toEqual(now.values.slice(2 + moved, 20))
      }),
    )
  })
})
