import { expect, test } from 'vitest'
import { nearest } from '../../src/config/suggest.ts'

test.each([
  ['pol_interval', 'poll_interval'],
  ['pollInterval', 'poll_interval'],
  ['POLL-INTERVAL', 'poll_interval'],
  ['leese', 'lease'],
  ['interval', null],
  ['x', null],
  ['', null],
  ['y'.repeat(10_000), null],
])('for %j, %j is meant', (typed, meant) => {
  expect(nearest(typed, ['lease', 'poll_interval', 'url'])).toBe(meant)
})

test('among no words nothing is meant', () => {
  expect(nearest('lease', [])).toBeNull()
})
