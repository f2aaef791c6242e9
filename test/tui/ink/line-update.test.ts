import { stripVTControlCharacters } from 'node:util'
import * as fc from 'fast-check'
import inkLineUpdate from '../../../node_modules/ink/build/line-update.js'
import { describe, expect, it } from 'vitest'
import lineUpdate from '../../../tui/ink/line-update.ts'
import { Emulator } from '../emulator.ts'

const columns = 30

/** What a terminal shows of a row that was drawn whole, and then changed into others one after the other. */
async function shown(first: string, ...updates: string[]): Promise<string[]> {
  const terminal = new Emulator({ columns, rows: 3 })
  // Below it is another row, which nothing may touch.
  await new Promise((resolve) => {
    terminal.write(`\n\u001B[7mthe next row\u001B[27m\u001B[H${first}`, () => resolve(null))
  })
  for (const update of updates) {
    await new Promise((resolve) => {
      terminal.write(`\u001B[1;1H${update}`, () => resolve(null))
    })
  }
  return terminal.styled()
}

/** As the theme makes them, and what Ink makes of others. */
const piece = fc.tuple(
  fc.constantFrom('', '', '1:22', '2:22', '7:27', '31:39', '36:39', '38;5;1:39'),
  fc.string({ unit: fc.constantFrom('a', 'b', ' ', ' ', '█', '–', '日'), minLength: 1, maxLength: 6 }),
)
const row = fc.array(piece, { maxLength: 6 }).map((all) =>
  all
    .map(([style, text]) => {
      const [open, close] = style.split(':')
      return close === undefined ? text : `\u001B[${open}m${text}\u001B[${close}m`
    })
    .join(' ')
    .slice(0, 300)
    .trimEnd(),
)
const isWithin = (text: string) => stripVTControlCharacters(text).length <= columns / 2

describe('what turns a row into another', () => {
  it('leaves on the terminal what would be there had it been drawn whole', async () => {
    await fc.assert(
      fc.asyncProperty(row.filter(isWithin), row.filter(isWithin), async (one, other) => {
        const update = lineUpdate(one, other, columns)
        expect(await shown(one, update)).toEqual(await shown(other))
        expect(update.length).toBeLessThanOrEqual(inkLineUpdate(one, other, columns).length)
      }),
      { numRuns: 300 },
    )
  })

  it('writes up to the edge and no further', async () => {
    const [one, other] = [`${'a'.repeat(29)}b`, `x${'a'.repeat(28)}c`]
    expect(await shown(one, lineUpdate(one, other, columns))).toEqual(await shown(other))
  })

  it('is the cells that are others', () => {
    const table = (time: string, done: string) =>
      `  12 Licence of a package   ${time}     \u001B[36mat work\u001B[39m      ${done}`
    expect(lineUpdate(table('1 s', '40 %'), table('2 s', '50 %'), 80)).toBe('\u001B[29G2\u001B[50G5')
    expect(lineUpdate('the same   and its end', 'the same', 80)).toBe('\u001B[9G\u001B[K')
  })
})
