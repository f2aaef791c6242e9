import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFairQueue, type Flow, newFlow, type Seat } from '../../../src/domain/capacity/fair-queue.ts'

const anySeat = fc.oneof(fc.integer({ min: 1, max: 50 }), fc.constant<Seat>('tail'))

function waiting(seats: readonly Seat[]): { queue: ReturnType<typeof createFairQueue<Flow>>; flows: Flow[] } {
  const queue = createFairQueue<Flow>(50)
  const flows = seats.map(() => newFlow())
  for (const [index, flow] of flows.entries()) {
    queue.seat(flow, seats[index] ?? null)
    queue.wait(flow, 'lane')
  }
  return { queue, flows }
}

describe('the fair queue', () => {
  it('a flow that moves is as far ahead or behind, in cost, as it was', () => {
    fc.assert(
      fc.property(
        fc.array(anySeat, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 100 }),
        (seats, cost) => {
          const { queue, flows } = waiting([1, ...seats])
          const moved = flows[0] as Flow
          queue.correct(moved, 'flow', cost)
          const ahead = queue.aheadOf(moved)
          for (const seat of seats) {
            queue.seat(moved, seat)
            expect(queue.aheadOf(moved)).toBeCloseTo(ahead, 6)
          }
        },
      ),
    )
  })

  it('serves by weight however small one is beside another, and loses no step to a large clock', () => {
    const { queue, flows } = waiting([1, 2, 50])
    const [first, second, last] = flows as [Flow, Flow, Flow]
    // Only the last wants something for long: the clock goes to 2⁵⁰ times what that costs.
    queue.rest(first)
    queue.rest(second)
    for (let left = 1000; left > 0; left -= 1) queue.start(last, 1, 'lane')
    queue.wait(first, 'lane')
    queue.wait(second, 'lane')
    const served = new Map<Flow | undefined, number>()
    for (let left = 3000; left > 0; left -= 1) {
      const next = queue.next()
      served.set(next, (served.get(next) ?? 0) + 1)
      if (next !== undefined) queue.start(next, 1, 'lane')
    }
    expect(served.get(first)).toBe(2000)
    expect(served.get(second)).toBe(1000)
  })

  it.each([
    ['alone', [1], 1],
    ['beside the second', [1, 2], 2 / 3],
    ['beside the tail', [50, 'tail'], 1 / 2],
  ] as const)('tells what part the first has %s', (_, seats, part) => {
    const { queue, flows } = waiting(seats)
    expect(queue.partOf(flows[0] as Flow)).toBeCloseTo(part, 12)
  })

  it('passes over the tail as a whole while no head in it has a free lane', () => {
    const { queue, flows } = waiting(['tail', 'tail', 7])
    queue.turnTo(flows[2] as Flow, 'other')
    queue.freeze('lane')
    expect(queue.next()).toBe(flows[2])
    queue.turnTo(flows[1] as Flow, null)
    queue.rest(flows[2] as Flow)
    expect(queue.next()).toBe(flows[1])
    queue.rest(flows[1] as Flow)
    expect(queue.next()).toBeUndefined()
    queue.thaw('lane')
    expect(queue.next()).toBe(flows[0])
  })
})
