import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { widthOf } from '../../../src/text/fit.ts'
import { gauge, lengthBar } from '../../../tui/components/bars.ts'
import type { Drawing } from '../../../tui/state.ts'

const drawings: Drawing[] = ['blocks', 'ascii', 'words']

describe('a bar', () => {
  it('halves as shares do, down to an eighth of a cell, and leaves a mark of what is less', () => {
    const bars = [1, 2, 4, 8, 16, 32, 64, 128].map((part) => lengthBar(1 / part, 8, 'blocks'))
    expect(bars).toEqual(['████████', '████', '██', '█', '▌', '▎', '▏', '·'])
  })

  it('halves in ASCII as far as that goes', () => {
    const bars = [1, 2, 4, 8, 16, 64].map((part) => lengthBar(1 / part, 8, 'ascii'))
    expect(bars).toEqual(['########', '####', '##', '#', ':', '.'])
  })

  it('is nothing of nothing, and no longer than its room', () => {
    const parts = fc.double({ min: -1, max: 3, noNaN: true })
    fc.assert(
      fc.property(
        parts,
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(...drawings),
        (part, cells, drawing) => {
          const width = widthOf(lengthBar(part, cells, drawing))
          expect(width).toBeLessThanOrEqual(cells)
          if (part <= 0) expect(width).toBe(0)
          else if (drawing !== 'words') expect(width).toBeGreaterThan(0)
        },
      ),
    )
  })
})

it.each<[part: number, blocks: string, ascii: string]>([
  [0, '░░░░', '....'],
  [0.01, '█░░░', '#...'],
  [0.5, '██░░', '##..'],
  [1, '████', '####'],
  [7, '████', '####'],
  [-3, '░░░░', '....'],
])('a gauge of %f', (part, blocks, ascii) => {
  expect(gauge(part, 4, 'blocks')).toBe(blocks)
  expect(gauge(part, 4, 'ascii')).toBe(ascii)
  expect(gauge(part, 4, 'words')).toBe('')
})
