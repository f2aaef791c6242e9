import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { prepareWidths, widthOf } from '../../src/text/fit.ts'
import { wrapWhole } from '../../src/text/wrap-whole.ts'

beforeAll(() => prepareWidths(['日本']))

describe('wrapWhole', () => {
  it.each([
    ['', 10, ['']],
    ['short', 10, ['short']],
    ['one two three', 7, ['one two', 'three']],
    ['one two three', 8, ['one two', 'three']],
    ['abcdefghijkl', 5, ['abcde', 'fghij', 'kl']],
    ['日本語の題名', 5, ['日本', '語の', '題名']],
    ['👩‍🚀👩‍🚀👩‍🚀', 4, ['👩‍🚀👩‍🚀', '👩‍🚀']],
  ])('%j at %i', (text, cells, pieces) => {
    expect(wrapWhole(text, cells)).toEqual(pieces)
  })

  it('loses nothing but spaces, and goes beyond the edge with no character that fits', () => {
    const pieces = fc.constantFrom('word', '日本', '👩‍🚀', 'e\u0301', ' ', '  ', 'x'.repeat(90))
    const texts = fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(texts, fc.integer({ min: 2, max: 60 }), (text, cells) => {
        const lines = wrapWhole(text, cells)
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''))
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(cells)
      }),
    )
  })

  it('takes no longer than the text is long', () => {
    const lines = wrapWhole('語'.repeat(20_000), 68)
    expect(lines).toHaveLength(Math.ceil(20_000 / 34))
  })
})
