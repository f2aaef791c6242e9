import { expect, it } from 'vitest'
import { createCapacityPart } from '../../../src/daemon/capacity/capacity-part.ts'
import { nodeId, taskId } from '../../../src/domain/ids.ts'
import type { Policy } from '../../../src/config/policy.ts'
import type { NodePresence } from '../../../src/ports/nodes.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { fakeRandom } from '../../fakes/random.ts'
import { fakeStateStore } from '../../fakes/state-store.ts'
import { policyOf } from '../policy.ts'

const minute = 60_000
const [first, second] = [taskId(1), taskId(2)]

function partOf(policy: Policy, { store = fakeStateStore(), nodes = [] as NodePresence[] } = {}) {
  const clock = fakeClock()
  const part = createCapacityPart({
    policy,
    store,
    nodes: { list: async () => nodes },
    lookAgain: () => {},
    clock,
    random: fakeRandom(1),
    logger: fakeLogger(),
  })
  const order = (own: boolean) =>
    part.order(
      [first, second].map((id) => ({ id, urgent: false, urgentAt: null, startedAt: id, own })),
      clock.monotonicMs(),
    )
  return { part, clock, store, order }
}
const withCapacity = (more: Partial<Policy['capacity']>): Policy => {
  const policy = policyOf()
  return { ...policy, capacity: { ...policy.capacity, ...more } }
}
const node = (name: string, more: Partial<NodePresence> = {}): NodePresence => {
  const plain = { host: 'h', version: '1', startedAt: 0, lastSeenAgeMs: 0, ended: false, epoch: 1 }
  return { nodeId: nodeId(name), ...plain, ...more }
}

it.each(['lend', 'strict'] as const)(
  'empties all buckets when units mean something else (%s)',
  async (mode) => {
    const { part, clock, store, order } = partOf(withCapacity({ mode, unit: 'token' }))
    order(true)
    await clock.advance(minute)
    const tokens = () => part.sharesOf([{ id: first }])[0]?.tokens
    part.ask({ holder: first, amount: 0, lane: null, maxWaitMs: 0 }, (answer) => {
      if (answer.granted) answer.grant.settle(1e4)
    })
    expect(tokens()).toBeLessThan(-9_000)
    part.setPolicy(withCapacity({ mode, unit: 'request' }))
    expect(tokens()).toBe(0)
    await clock.advance(minute)
    await part.stop()
    const again = partOf(withCapacity({ mode, unit: 'request' }), { store })
    again.order(true)
    expect(again.part.sharesOf([{ id: first }])[0]?.tokens).toBeGreaterThan(99)
    await again.part.stop()
    const other = partOf(withCapacity({ mode, unit: 'token' }), { store })
    other.order(true)
    expect(other.part.sharesOf([{ id: first }])[0]?.tokens).toBe(0)
    await other.part.stop()
  },
)

it('divides the part of those without a key among the nodes that are there', async () => {
  const policy = policyOf()
  const allowed: Policy = { ...policy, gateway: { ...policy.gateway, enabled: true, untracked: 'allow' } }
  const nodes = [node('a'), node('b'), node('c', { ended: true }), node('d', { lastSeenAgeMs: 200_000 })]
  const { part, clock, order } = partOf(allowed, { nodes })
  order(false)
  const before = part.view().ratePerMinute
  part.start()
  await clock.advance(10)
  expect(part.view().ratePerMinute).toBeLessThan(before)
  // Nothing but the tail, 2⁻⁷ beside ¾, and of that a half.
  expect(part.view().ratePerMinute).toBeCloseTo((200 * 2 ** -7) / 2 / (0.75 + 2 ** -7))
  await part.stop()
  expect(clock.pending).toBe(0)
})
