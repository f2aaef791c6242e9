import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { durationFigures, percentile } from '../../../src/domain/metrics/percentiles.ts'

describe('percentiles', () => {
  it.each([
    [[7], { p50: 7, p95: 7, p99: 7, avgDurationMs: 7 }],
    [[1, 2], { p50: 1, p95: 2, p99: 2, avgDurationMs: 2 }],
    [Array.from({ length: 100 }, (_, index) => index + 1), { p50: 50, p95: 95, p99: 99, avgDurationMs: 51 }],
  ])('of %j', (durations, figures) => {
    expect(durationFigures(durations)).toEqual(figures)
  })

  it('are none of nothing', () => {
    expect(durationFigures([])).toBeNull()
  })

  it('are values that occurred, which that part of all does not exceed, and no smaller one is', () => {
    const durations = fc.array(fc.nat(), { minLength: 1, maxLength: 200 })
    fc.assert(
      fc.property(durations, fc.double({ min: 0.001, max: 1, noNaN: true }), (values, part) => {
        const ascending = values.toSorted((one, other) => one - other)
        const found = percentile(ascending, part)
        const notAbove = values.filter((value) => value <= found).length
        const below = values.filter((value) => value < found).length
        expect(values).toContain(found)
        expect(notAbove).toBeGreaterThanOrEqual(part * values.length)
        expect(below).toBeLessThan(part * values.length)
      }),
    )
  })
})
