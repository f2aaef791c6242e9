import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lineWidth, plainText, whole } from '../../tui/line.ts'

const shown = (spans: string[], cells: number, mark?: string) => plainText(whole(spans, ' · ', cells, mark))

describe('as many pieces as have room whole', () => {
  it.each<[cells: number, expected: string]>([
    [25, 'one · twenty-two · three'],
    [24, 'one · twenty-two · three'],
    [23, 'one · twenty-two · …'],
    [19, 'one · …'],
    [7, 'one · …'],
    [2, 'o…'],
    [0, ''],
  ])('in %i cells', (cells, expected) => {
    expect(shown(['one', '', 'twenty-two', 'three'], cells)).toBe(expected)
  })

  it('without a mark where nothing is missed', () => {
    expect(shown(['one', 'two', 'three'], 12, '')).toBe('one · two')
  })

  it('never wider than the room, and only the first is ever cut', () => {
    const pieces = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(pieces, fc.integer({ min: 0, max: 60 }), (spans, cells) => {
        const line = whole(spans, ' · ', cells)
        expect(lineWidth(line)).toBeLessThanOrEqual(cells)
        const kept = plainText(line).split(' · ')
        for (const [index, text] of kept.entries())
          if (index > 0) expect([spans[index], '…']).toContain(text.trimEnd())
      }),
    )
  })
})
