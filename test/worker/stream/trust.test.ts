import { expect, test } from 'vitest'
import { createTrust } from '../../../src/worker/stream/trust.ts'
import { fakeClock } from '../../fakes/clock.ts'

function trusting(isFirstTry = true, slots = 100) {
  const clock = fakeClock()
  const rooms: number[] = []
  const trust = createTrust({ clock, slots, isFirstTry, onRoom: () => rooms.push(trust.capacity()) })
  return { clock, trust, rooms }
}

test('a program gets nothing before it is up, and then one task', async () => {
  const { clock, trust, rooms } = trusting()
  expect(trust.capacity()).toBe(0)
  await clock.advance(249)
  expect(trust.capacity()).toBe(0)
  await clock.advance(1)
  expect(rooms).toEqual([1])
})

test('its own word that it is ready is taken', () => {
  const { trust, rooms } = trusting()
  trust.ready()
  trust.ready()
  expect(rooms).toEqual([1])
})

test('it is trusted with one task, and four more for each that it has answered, never with more than all', () => {
  const { trust } = trusting(true, 11)
  trust.ready()
  const seen = [1, 2, 3, 4].map(() => {
    trust.answered()
    return trust.capacity()
  })
  expect(seen).toEqual([5, 9, 11, 11])
})

test.each([
  { isFirstTry: true, afterMs: 5000 },
  { isFirstTry: false, afterMs: 60_000 },
])(
  'one whose tasks take long gets all slots once it has lived for $afterMs ms',
  async ({ isFirstTry, afterMs }) => {
    const { clock, trust, rooms } = trusting(isFirstTry)
    await clock.advance(afterMs - 1)
    expect(trust.capacity()).toBe(1)
    await clock.advance(1)
    expect(rooms).toEqual([1, 100])
    expect(clock.pending).toBe(0)
  },
)

test('leaves no timer behind', () => {
  const { clock, trust } = trusting()
  trust.stop()
  expect(clock.pending).toBe(0)
})
