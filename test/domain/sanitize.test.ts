import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutMark, sanitize } from '../../src/domain/sanitize.ts'

describe('sanitize', () => {
  it.each([
    ['plain text stays', 'Größe: 3 µm, 日本 👩‍🚀', 'Größe: 3 µm, 日本 👩‍🚀'],
    ['a colour is one visible escape', '\u001B[31mred\u001B[0m', '␛red␛'],
    ['a terminal title (OSC, BEL)', 'a\u001B]0;owned\u0007b', 'a␛b'],
    ['a hyperlink (OSC, ST)', '\u001B]8;;http://x\u001B\\x', '␛x'],
    ['an unended OSC shows its text', '\u001B]0;owned', '␛]0;owned'],
    ['a C1 CSI', '\u009B2Jx', '␛x'],
    ['line feed, tab, carriage return, delete', 'a\nb\tc\rd\u007F', 'a␊b␉c␍d␡'],
    ['CR LF is one line end', 'a\r\nb', 'a␊b'],
    ['right-to-left override', 'gpj\u202Eexe', 'gpj\uFFFDexe'],
    ['a lone surrogate', 'a\uD800b', 'a\uFFFDb'],
    ['a byte order mark', '\uFEFFa', '\uFFFDa'],
  ])('%s', (_, text, expected) => {
    expect(sanitize(text)).toBe(expected)
  })

  it('keeps line feeds and tabs when they are wanted', () => {
    expect(sanitize('a\r\n\tb\u0007', { multiline: true })).toBe('a\n\tb␇')
  })

  it('cuts by code points and says so', () => {
    expect(sanitize('👍👍👍👍', { lengthMax: 3 })).toBe(`👍👍${cutMark}`)
    expect(sanitize('👍👍👍', { lengthMax: 3 })).toBe('👍👍👍')
  })

  it('leaves nothing that a terminal obeys, is bounded, and changes clean text no further', () => {
    const hostile = fc.string({
      unit: fc.constantFrom('\u001B', '[', ']', '\u0007', '\u202E', '\uD83D', 'm', '0', '\n', '\u009B', 'é'),
    })
    fc.assert(
      fc.property(
        fc.oneof(hostile, fc.string({ unit: 'binary' })),
        fc.boolean(),
        fc.integer({ min: 1, max: 40 }),
        (text, multiline, lengthMax) => {
          const clean = sanitize(text, { multiline, lengthMax })
          expect(multiline ? clean.replace(/[\n\t]/g, '') : clean).not.toMatch(
            /\p{Cc}|\p{Bidi_Control}|\p{Cs}/u,
          )
          expect(Array.from(clean).length).toBeLessThanOrEqual(lengthMax)
          expect(sanitize(clean, { multiline, lengthMax })).toBe(clean)
        },
      ),
    )
  })

  it('takes time in proportion to the text, also for unended sequences', () => {
    const hostile = '\u001B]'.repeat(50_000) + '\u001B[' + '0'.repeat(50_000)
    expect(sanitize(hostile, { lengthMax: 200_000 })).toHaveLength(150_002)
  })
})
