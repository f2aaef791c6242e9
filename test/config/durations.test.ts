import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatDuration, parseDuration, suggestDuration } from '../../src/config/durations.ts'

describe('durations', () => {
  test.each([
    ['250ms', 250],
    ['30s', 30_000],
    ['1.5s', 1_500],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
    ['0s', 0],
  ])('%s is %d ms', (text, durationMs) => {
    expect(parseDuration(text)).toBe(durationMs)
  })

  test.each([
    '',
    '30',
    ' 30s',
    '30 s',
    '-5s',
    '1w',
    '1y',
    '5M',
    '1e3s',
    '.5s',
    's',
    '1m30s',
    '9'.repeat(20) + 's',
  ])('%j is none', (text) => {
    expect(parseDuration(text)).toBeUndefined()
  })

  test('every whole number of milliseconds survives being written and read', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 12 - 1 }), (durationMs) => {
        expect(parseDuration(formatDuration(durationMs))).toBe(durationMs)
      }),
    )
  })

  test.each([
    [30, '30s'],
    [30_000, '30s'],
    ['30', '30s'],
    ['30 seconds', '30s'],
    ['2 min', '2m'],
    ['1 hour', '1h'],
    ['2h', null],
    ['soon', null],
    [-5, null],
    [1.5, null],
    [true, null],
    [undefined, null],
  ])('for %j between 1s and 1h, %j is suggested', (found, suggestion) => {
    expect(suggestDuration(found, { minMs: 1_000, maxMs: 3_600_000 })).toBe(suggestion)
  })
})
