import * as fc from 'fast-check'
import stringWidth from 'string-width'
import { expect, it } from 'vitest'
import quickWidth from '../../../tui/ink/quick-width.ts'

const parts = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 3 }),
  fc.string({ unit: 'binary', maxLength: 3 }),
  fc.constantFrom(
    '\u001B[31m',
    '\u001B[0m',
    '\u001B[38;5;1m',
    '\u001B[K',
    '\u001B]8;;x\u0007',
    '█▏',
    '⣿⠁',
    '│',
    '…',
    '\u00AD',
  ),
)

it('measures what the package measures', () => {
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 12 }), (some) => {
      const text = some.join('')
      expect(quickWidth(text)).toBe(stringWidth(text))
      const counted = { countAnsiEscapeCodes: true }
      expect(quickWidth(text, counted)).toBe(stringWidth(text, counted))
    }),
    { numRuns: 2000 },
  )
})

it('measures each character that it takes for narrow as one cell', () => {
  const wrong: string[] = []
  for (let code = 0x20; code < 0x1_0000; code += 1) {
    const character = String.fromCharCode(code)
    if (quickWidth(character) !== stringWidth(character)) wrong.push(code.toString(16))
  }
  expect(wrong).toEqual([])
})
