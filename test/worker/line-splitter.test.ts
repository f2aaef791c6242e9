import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLineSplitter } from '../../src/worker/line-splitter.ts'
import type { OutputLine } from '../../src/worker/line-splitter.ts'

function split(chunks: readonly Buffer[], lineBytesMax: number): OutputLine[] {
  const lines: OutputLine[] = []
  const splitter = createLineSplitter(lineBytesMax, (line) => lines.push(line))
  for (const chunk of chunks) splitter.push(chunk)
  splitter.end()
  return lines
}

/** Cuts `text` at the given places, which may fall within a character. */
function chunked(text: string, cuts: readonly number[]): Buffer[] {
  const bytes = Buffer.from(text)
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return places.slice(1).map((end, at) => bytes.subarray(places[at], end))
}

test('lines are the same however the bytes arrive', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'é', '🙂', '\n', '\r\n', ' ') })
  fc.assert(
    fc.property(text, fc.array(fc.nat(1000)), (all, cuts) => {
      const wanted = all.split('\n')
      if (wanted.at(-1) === '') wanted.pop()
      const lines = split(chunked(all, cuts), 10_000)
      expect(lines.map((line) => line.text)).toEqual(wanted.map((line) => line.replace(/\r$/, '')))
      expect(lines.every((line) => line.cutBytes === 0)).toBe(true)
    }),
  )
})

test('no byte is lost: what is not kept is counted', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 50 })),
      fc.integer({ min: 1, max: 20 }),
      (chunks, max) => {
        const ascii = chunks.map((chunk) => Buffer.from(chunk.map((byte) => (byte < 200 ? 0x61 : 0x0a))))
        const lines = split(ascii, max)
        const total = Buffer.concat(ascii).filter((byte) => byte !== 0x0a).length
        expect(lines.reduce((sum, line) => sum + line.text.length + line.cutBytes, 0)).toBe(total)
        for (const line of lines) expect(line.text.length).toBeLessThanOrEqual(max)
      },
    ),
  )
})

test('a program that writes byte by byte costs no object a byte', () => {
  const lines = split(
    Array.from({ length: 5000 }, () => Buffer.from('x')),
    4000,
  )
  expect(lines).toEqual([{ text: 'x'.repeat(4000), cutBytes: 1000 }])
})
