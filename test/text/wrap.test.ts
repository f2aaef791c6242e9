import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { wrap } from '../../src/text/wrap.ts'

describe('wrapping', () => {
  it('breaks between words', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three'])
    expect(wrap('', 7)).toEqual([''])
  })

  it('cuts a word that is longer than a line', () => {
    expect(wrap('a incomprehensible b', 6)).toEqual(['a', 'incom…', 'b'])
  })

  it('keeps every word of a text whose words fit, and no line is too long', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1 })
    fc.assert(
      fc.property(words, fc.integer({ min: 8, max: 40 }), (all, cells) => {
        const lines = wrap(all.join(' '), cells)
        expect(lines.join(' ')).toBe(all.join(' '))
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(cells)
      }),
    )
  })
})
