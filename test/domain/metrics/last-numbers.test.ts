import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { LastNumbers } from '../../../src/domain/metrics/last-numbers.ts'

it('keeps exactly the last so many, in their order, whatever came before', () => {
  const numbers = fc.array(fc.integer(), { maxLength: 120 })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 70 }), numbers, numbers, (capacity, initial, added) => {
      const last = new LastNumbers(capacity, initial)
      for (const value of added) last.add(value)
      expect([...last.inOrder()]).toEqual([...initial, ...added].slice(-capacity))
      expect(last.count).toBe(Math.min(capacity, initial.length + added.length))
    }),
  )
})
