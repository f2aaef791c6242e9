import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatSize, parseSize, suggestSize } from '../../src/config/sizes.ts'

test.each([
  ['512B', 512],
  ['1K', 1024],
  ['1.5G', 1_610_612_736],
  ['2T', 2_199_023_255_552],
])('%s is %d bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes)
})

test.each(['', '512', '2 G', '-1M', '2g', '1GB', '1e3M', '.5M', 'M'])('%j is none', (text) => {
  expect(parseSize(text)).toBeUndefined()
})

test('every whole number of bytes survives being written and read', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 12 - 1 }), (bytes) => {
      expect(parseSize(formatSize(bytes))).toBe(bytes)
    }),
  )
})

test.each([
  [536_870_912, '512M'],
  ['2 GiB', '2G'],
  ['100mb', '100M'],
  ['4096', '4K'],
  ['12', null],
  ['much', null],
  [-5, null],
  [true, null],
])('for %j between 1K and 1T, %j is suggested', (found, suggestion) => {
  expect(suggestSize(found, { minBytes: 1024, maxBytes: 1024 ** 4 })).toBe(suggestion)
})
