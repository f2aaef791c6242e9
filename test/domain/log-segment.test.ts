import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type LogSegment,
  nextStampMs,
  parseSegment,
  segmentName,
  segmentsOf,
} from '../../src/domain/log-segment.ts'

const stamps = fc.integer({ min: 0, max: Date.UTC(2999, 0, 1) })
const ranges = fc
  .tuple(fc.nat(2 ** 40), fc.integer({ min: 1, max: 2 ** 40 }))
  .map(([from, length]) => ({ from, end: from + length }))

describe('the name of a part', () => {
  test('reads well and sorts by time', () => {
    expect(
      segmentName('a_jr.log', { stampMs: Date.UTC(2026, 10, 21, 20, 15, 14, 123), from: 0, end: 100 }),
    ).toBe('a_jr.log.20261121T201514.123Z.0-100')
    fc.assert(
      fc.property(stamps, stamps, (one, other) => {
        const [a, b] = [one, other].map((stampMs) => segmentName('a.log', { stampMs, from: 0, end: 1 }))
        expect(String(a) < String(b)).toBe(one < other)
      }),
    )
  })

  test('tells what it was made of, compressed or not', () => {
    fc.assert(
      fc.property(stamps, ranges, fc.boolean(), (stampMs, range, compressed) => {
        const name = segmentName('a.log', { stampMs, ...range }) + (compressed ? '.gz' : '')
        expect(parseSegment('a.log', name)).toEqual({ name, stampMs, ...range, compressed })
      }),
    )
  })

  test.each([
    'a.log',
    'a.log.1',
    'a.log.rotating',
    'a.log.20261121T201514.123Z.0-100.gz.rotating',
    'a.log.20261321T201514.123Z.0-100',
    'a.log.20261121T201514.123Z.100-100',
    'a.2.log.20261121T201514.123Z.0-100',
    'b.log.20261121T201514.123Z.0-100',
    '../a.log.20261121T201514.123Z.0-100',
  ])('is not %s', (name) => {
    expect(parseSegment('a.log', name)).toBeUndefined()
  })
})

test('the parts of a folder: the oldest first, each once, the compressed one before the plain one', () => {
  const [first, second] = [1, 2].map((stampMs) => segmentName('a.log', { stampMs, from: stampMs, end: 9 }))
  const names = [`${second}`, 'a.log', 'b.log', `${first}.gz`, `${first}`, 'a.log.rotating']
  expect(segmentsOf('a.log', names).map(({ name }) => name)).toEqual([`${first}.gz`, second])
})

test('stamps ascend when the clock does not', () => {
  const newest: LogSegment = { name: '', stampMs: 500, from: 0, end: 1, compressed: false }
  expect([nextStampMs(400, newest), nextStampMs(500, newest), nextStampMs(600, newest)]).toEqual([
    501, 501, 600,
  ])
  expect(nextStampMs(7, undefined)).toBe(7)
})
