import { expect, test } from 'vitest'
import { createBodyRoom } from '../../../src/gateway/intake/body-room.ts'

test('is given out to its bound, and again when it comes back', () => {
  const room = createBodyRoom(100)
  expect([room.take(60), room.take(40), room.take(1)]).toEqual([true, true, false])
  room.giveBack(60)
  expect([room.take(61), room.take(60)]).toEqual([false, true])
})

test('one alone always has room', () => {
  expect(createBodyRoom(100).take(1_000)).toBe(true)
})
