import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createOrderTree } from '../../../src/domain/capacity/order-tree.ts'

const byNumber = (a: number, b: number): number => a - b

/** Adds (positive) and removes (negative), in stretches, so that nodes are split, emptied and merged. */
const stretches = fc.array(
  fc.record({
    from: fc.integer({ min: 0, max: 1200 }),
    count: fc.integer({ min: 1, max: 400 }),
    step: fc.constantFrom(1, 7, 100),
    adds: fc.boolean(),
  }),
  { maxLength: 25 },
)

describe('an order tree', () => {
  it('agrees with a sorted array, whatever is added and removed', () => {
    fc.assert(
      fc.property(stretches, fc.constantFrom(1, 50, 5000), (wanted, grain) => {
        // Coarse keys, so that many are equal and the comparison decides.
        const tree = createOrderTree(byNumber, (row) => Math.floor(row / grain))
        let rows: number[] = []
        for (const { from, count, step, adds } of wanted) {
          for (let index = 0; index < count; index += 1) {
            const row = (from + index * step) % 1201
            const has = rows.includes(row)
            const place = rows.filter((other) => other < row).length
            if (adds && has) continue
            expect(adds ? tree.add(row) : tree.remove(row)).toBe(adds || has ? place : -1)
            rows = adds ? rows.toSpliced(place, 0, row) : rows.filter((other) => other !== row)
          }
          expect(tree.size()).toBe(rows.length)
          expect(rows.map((_, place) => tree.at(place))).toEqual(rows)
          expect(rows.map((row) => tree.placeOf(row))).toEqual(rows.map((_, place) => place))
          expect(tree.at(rows.length)).toBeUndefined()
        }
      }),
      { numRuns: 20 },
    )
  })

  it('looks at few rows among very many', () => {
    let looks = 0
    const compare = (a: number, b: number): number => {
      looks += 1
      return a - b
    }
    const tree = createOrderTree(compare, () => 0)
    for (let row = 0; row < 100_000; row += 1) tree.add((row * 7919) % 100_003)
    looks = 0
    tree.remove(50_000)
    tree.add(50_000)
    expect(tree.at(tree.placeOf(50_000))).toBe(50_000)
    expect(looks).toBeLessThan(4 * 25)
  })
})
