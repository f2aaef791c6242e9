import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTailRing } from '../../src/worker/tail-ring.ts'

test('keeps what fits, whole', () => {
  const ring = createTailRing(10)
  ring.push('hello')
  ring.push('world')
  expect(ring.text()).toBe('helloworld')
})

test('keeps the end, in whole characters, and tells what was cut', () => {
  const pieces = fc.array(fc.string({ unit: 'grapheme', maxLength: 30 }), { maxLength: 200 })
  fc.assert(
    fc.property(pieces, fc.integer({ min: 8, max: 64 }), (texts, bytesMax) => {
      const ring = createTailRing(bytesMax)
      for (const text of texts) ring.push(text.toWellFormed())
      const all = texts.map((text) => text.toWellFormed()).join('')
      const match = /^… \[(\d+) bytes cut\]\n([^]*)$/.exec(ring.text())
      const kept = match?.[2] ?? ring.text()
      expect(all.endsWith(kept)).toBe(true)
      expect(Buffer.byteLength(kept) + Number(match?.[1] ?? 0)).toBe(Buffer.byteLength(all))
      expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(bytesMax)
      // At most a cut character of four bytes is missing from what there was room for.
      expect(Buffer.byteLength(kept)).toBeGreaterThan(Math.min(bytesMax, Buffer.byteLength(all)) - 4)
    }),
  )
})
