import { Script } from 'node:vm'
import * as fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { LineMatcher, lineBytesMax } from '../../../src/adapters/readiness/line-matcher.ts'

test('finds a line however the bytes are cut', () => {
  const text = Buffer.from('first\nönly this: ready\r\nlast')
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: text.length })), (cuts) => {
      const matcher = new LineMatcher('^önly .*ready$')
      const ends = [0, ...cuts.sort((a, b) => a - b), text.length]
      const found = ends.slice(1).map((end, index) => matcher.take(text.subarray(ends[index], end)))
      expect(found.filter(Boolean)).toHaveLength(1)
    }),
  )
})

test('a line counts once it is complete', () => {
  const matcher = new LineMatcher('ready')
  expect(matcher.take(Buffer.from('ready'))).toBe(false)
  expect(matcher.take(Buffer.from('\n'))).toBe(true)
})

test('of a long line only the beginning is looked at, and the next line begins anew', () => {
  const matcher = new LineMatcher('ready')
  const filler = Buffer.alloc(lineBytesMax, 'x')
  for (let chunk = 0; chunk < 200; chunk++) expect(matcher.take(filler)).toBe(false)
  expect(matcher.take(Buffer.from('ready\n'))).toBe(false)
  expect(matcher.take(Buffer.from('ready\n'))).toBe(true)
})

test('garbage that is no text harms nothing', () => {
  const matcher = new LineMatcher('^ready$')
  const bytes = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 37) % 256))
  expect(matcher.take(bytes)).toBe(false)
  expect(matcher.take(Buffer.from('\nready\n'))).toBe(true)
})

test('a pattern that backtracks without end is cut off, and given up when it does so again', () => {
  const matcher = new LineMatcher('^(a+)+$')
  const evil = Buffer.from(`${'a'.repeat(60)}b\n`)
  for (let tries = 0; tries < 10 && !matcher.tooSlow; tries++) expect(matcher.take(evil)).toBe(false)
  expect(matcher.tooSlow).toBe(true)
})

test('a line is not lost to a moment in which the machine was busy', () => {
  const matcher = new LineMatcher('ready')
  const run = vi.spyOn(Script.prototype, 'runInContext')
  for (let moments = 0; moments < 2; moments++)
    run.mockImplementationOnce(() => {
      throw new Error('Script execution timed out after 50ms')
    })
  expect(matcher.take(Buffer.from('ready\n'))).toBe(true)
  expect(matcher.tooSlow).toBe(false)
  run.mockRestore()
})
