import { expect, test } from 'vitest'
import { createTrust } from '../../../src/worker/stream/trust.ts'
import { fakeClock } from '../../fakes/clock.ts'

function trusting(crashes = 0, slots = 100) {
  const clock = fakeClock()
  const rooms: number[] = []
  const trust = createTrust({ clock, slots, crashes, onRoom: () => rooms.push(trust.capacity()) })
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
  const { trust } = trusting(0, 11)
  trust.ready()
  const seen = [1, 2, 3, 4].map(() => {
    trust.answered()
    return trust.capacity()
  })
  expect(seen).toEqual([5, 9, 11, 11])
})

test.each([
  { crashes: 0, afterMs: 5000 },
  { crashes: 1, afterMs: 10_000 },
  { crashes: 2, afterMs: 20_000 },
  { crashes: 4, afterMs: 60_000 },
  { crashes: 5000, afterMs: 60_000 },
])(
  'one whose tasks take long gets all slots once it has lived for $afterMs ms after $crashes crashes',
  async ({ crashes, afterMs }) => {
    const { clock, trust, rooms } = trusting(crashes)
    await clock.advance(afterMs - 1)
    expect(trust.capacity()).toBe(1)
    await clock.advance(1)
    expect(rooms).toEqual([1, 100])
    expect(clock.pending).toBe(0)
  },
)

test('a word of progress is worth one answer, and no answer on top of others', () => {
  const { trust, rooms } = trusting(3)
  trust.ready()
  trust.progressed()
  trust.progressed()
  expect(rooms).toEqual([1, 5])
  trust.answered()
  expect(trust.capacity()).toBe(5)
  trust.answered()
  expect(trust.capacity()).toBe(9)
  expect(trust.answers).toBe(2)
})

test('leaves no timer behind', () => {
  const { clock, trust } = trusting()
  trust.stop()
  expect(clock.pending).toBe(0)
})
