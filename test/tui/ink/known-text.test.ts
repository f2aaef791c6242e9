import * as fc from 'fast-check'
import squashTextNodes from '../../../node_modules/ink/build/squash-text-nodes.js'
import { describe, expect, it } from 'vitest'
import knownText from '../../../tui/ink/known-text.ts'

type TextNode = Parameters<typeof squashTextNodes>[0]

/** A `<Text>` as Ink keeps it, in so far as its text is asked for. */
function textNode(...texts: string[]): TextNode {
  const childNodes = texts.map((nodeValue) => ({ nodeName: '#text', nodeValue }))
  return { nodeName: 'ink-text', childNodes } as unknown as TextNode
}

const piece = fc.constantFrom(
  'a row',
  '日本',
  '\t',
  '\u001B[31m',
  '\u001B[0m',
  '\u001B[2J',
  '\u009B1m',
  '\u0007',
  '́',
)
const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''))

describe('the text of a row', () => {
  it('is what Ink makes of it, the first time and ever after', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 3 }), (texts) => {
        const node = textNode(...texts)
        const wanted = squashTextNodes(node)
        expect([knownText(node), knownText(node)]).toEqual([wanted, wanted])
      }),
    )
  })

  it('is kept for as many rows as are seen in a while', () => {
    for (let row = 0; row < 6000; row += 1) expect(knownText(textNode(`row ${row}`))).toBe(`row ${row}`)
  })
})
