import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { largest, RecentBuckets, sum } from '../../../src/domain/metrics/recent-buckets.ts'

describe('recent buckets', () => {
  it('add up what falls into one bucket, and tell none where nothing was noted', () => {
    const buckets = new RecentBuckets(10, 4, sum)
    for (const atMs of [100, 109, 121, 121, 121]) buckets.note(atMs, 1)
    expect(buckets.read(0, 129)).toEqual([null, 2, null, 3])
    expect(buckets.read(0, 130)).toEqual([2, null, 3, null])
  })

  it('begin where the counting did', () => {
    const buckets = new RecentBuckets(10, 4, largest)
    buckets.note(115, 3)
    buckets.note(112, 8)
    expect(buckets.read(110, 119)).toEqual([8])
    expect(buckets.read(110, 125)).toEqual([8, null])
  })

  it('leave out what is older than the ring, instead of taking it for new', () => {
    const buckets = new RecentBuckets(10, 4, sum)
    buckets.note(100, 1)
    buckets.note(60, 1)
    expect(buckets.read(0, 100)).toEqual([null, null, null, 1])
  })

  it('tell what a list of all would tell, whatever comes in whatever order', () => {
    const notes = fc.array(fc.record({ atMs: fc.nat(500), value: fc.integer({ min: 1, max: 9 }) }))
    fc.assert(
      fc.property(notes, (all) => {
        const buckets = new RecentBuckets(10, 8, sum)
        const noted = all.toSorted((one, other) => one.atMs - other.atMs)
        for (const { atMs, value } of noted) buckets.note(atMs, value)
        const expected = Array.from({ length: 8 }, (_, index) => {
          const inside = noted.filter(({ atMs }) => Math.floor(atMs / 10) === 50 - 7 + index)
          return inside.length === 0 ? null : inside.reduce((total, { value }) => total + value, 0)
        })
        expect(buckets.read(0, 509)).toEqual(expected)
      }),
    )
  })
})
