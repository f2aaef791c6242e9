import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import Output from '../../../node_modules/ink/build/output.js'
import RowsOutput from '../../../tui/ink/rows-output.ts'

type Drawing = (output: Output) => void
type Transform = (text: string) => string

/** What both make of a drawing. */
function both(width: number, height: number, draw: Drawing): [ours: unknown, inks: unknown] {
  const [ours, inks] = [new RowsOutput({ width, height }), new Output({ width, height })]
  for (const output of [ours, inks]) draw(output)
  return [ours.get(), inks.get()]
}

const write =
  (x: number, y: number, text: string, ...transformers: Transform[]): Drawing =>
  (output) =>
    output.write(x, y, text, { transformers })

const same: Transform = (text) => text
const texts = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.string({
    unit: fc.constantFrom('a', ' ', '█', '日', '👍', '\u001B[1m', '\u001B[31m', '\u001B[0m', '\u200B'),
    maxLength: 30,
  }),
)

/** As the theme makes them: pieces of text, some of them styled. */
const pieces = fc.tuple(
  fc.constantFrom('', '1:22', '2:22', '7:27', '31:39', '36:39', '31:22', '4:24', '38;2;1;2;3:39'),
  fc.string({ unit: fc.constantFrom('a', 'm', ' ', '█', '–', '日', '\u00AD'), maxLength: 6 }),
)
const styledRows = fc.array(pieces, { maxLength: 6 }).map((row) =>
  row
    .map(([style, text]) => {
      const [open, close] = style.split(':')
      return close === undefined ? text : `\u001B[${open}m${text}\u001B[${close}m`
    })
    .join(''),
)

describe('rows that are drawn once', () => {
  it('are drawn as Ink draws them, the first time and again, where they are rows and where not', () => {
    const row = fc.tuple(fc.nat(6), texts)
    fc.assert(
      fc.property(fc.array(row, { maxLength: 8 }), fc.integer({ min: 1, max: 40 }), (rows, width) => {
        const draw: Drawing = (output) => rows.forEach(([y, text]) => write(0, y, text, same)(output))
        for (let times = 0; times < 2; times += 1) {
          const [ours, inks] = both(width, 6, draw)
          expect(ours).toEqual(inks)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('are drawn as Ink draws them when they are of styled pieces', () => {
    fc.assert(
      fc.property(styledRows, fc.integer({ min: 1, max: 40 }), (text, width) => {
        const [ours, inks] = both(width, 1, write(0, 0, text, same))
        expect(ours).toEqual(inks)
      }),
      { numRuns: 2000 },
    )
  })

  it.each<[string, Drawing]>([
    [
      'clipped',
      (output) => (
        output.clip({ x1: 1, x2: 3, y1: 0, y2: 2 }),
        write(0, 0, 'abcdef')(output),
        output.unclip()
      ),
    ],
    [
      'beside one another',
      (output) => [write(0, 0, 'ab'), write(2, 0, 'cd')].forEach((draw) => draw(output)),
    ],
    ['over one another', (output) => [write(0, 0, 'abcd'), write(0, 0, 'x')].forEach((draw) => draw(output))],
    ['of several lines', write(0, 0, 'a\nb')],
    ['of another look', write(0, 0, 'abc', (text) => text.toUpperCase())],
  ])('are left to Ink when they are %s', (_, draw) => {
    const [ours, inks] = both(10, 3, draw)
    expect(ours).toEqual(inks)
  })

  it('are drawn anew in another width', () => {
    expect(
      [both(8, 1, write(0, 0, 'a  日本')), both(20, 1, write(0, 0, 'a  日本'))].map(([ours]) => ours),
    ).toEqual([
      { output: 'a  日本', height: 1 },
      { output: 'a  日本', height: 1 },
    ])
  })
})
