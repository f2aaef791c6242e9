import { expect, it } from 'vitest'
import { timestamp, timestampIn } from '../../src/text/format.ts'

it('tells a time by the clock that is meant', () => {
  const time = Date.UTC(2026, 2, 29, 1, 0, 7)
  expect(timestampIn(time, 'Europe/Zurich')).toBe('2026-03-29 03:00:07')
  expect(timestampIn(time, 'Asia/Kolkata')).toBe('2026-03-29 06:30:07')
  expect(timestampIn(time, null)).toBe(timestamp(time))
})
