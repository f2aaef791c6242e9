import { afterEach, describe, expect, it } from 'vitest'
import { taskId } from '../../../src/domain/ids.ts'
import type { TestAttempt } from '../../support/llm/attempts.ts'
import { type BackloggedClients, backloggedClients } from '../../support/llm/backlogged-clients.ts'
import { serveGateway } from '../../support/llm/gateway.ts'
import { properly, type Reply } from '../../support/llm/replies.ts'
import type { ServedGateway, ServedOptions } from '../../support/llm/served-gateway.ts'

/** Requests outstanding at once, D of the bound. */
const inFlight = 2
/** What a call is thought to cost after some that cost 30, 100 and 300 tokens. */
const guessMax = 200
/** Calls of all in a window: enough for the bound to be a small part of what most get. */
const windowCalls = 240

/**
 * Shares as the agents have them: calls that came back, counted by the clients and by the upstream, over wall time (spec §5). Not
 * one of our own counters is asked.
 */
describe('shares, seen from outside', () => {
  let served: ServedGateway
  let clients: BackloggedClients
  afterEach(async () => {
    await clients.stop()
    await served.settled()
    served.check()
    await served.close()
  })

  async function serve(options: Omit<ServedOptions, 'inFlight'>, tasks: number): Promise<TestAttempt[]> {
    served = await serveGateway({ inFlight, ...options })
    const attempts = Array.from({ length: tasks }, () => served.begin())
    clients = backloggedClients(served, attempts)
    return attempts
  }

  it('halve from position to position, and again when one leaves', async () => {
    const [first] = await serve({ unit: 'request', baseRate: 6_000 }, 4)
    await clients.done(60)
    expectFair(await clients.window(windowCalls), [1, 1, 1, 1])

    if (first === undefined) throw new Error('there is no first')
    served.finish(first)
    await clients.leave(first)
    await clients.done(30)
    const [none, ...others] = await clients.window(windowCalls)
    expect(none).toBe(0)
    expectFair(others, [1, 1, 1])
  })

  it('count tokens, as they were really used, whatever was guessed before', async () => {
    // Those of the first are ten times dearer, and nobody said so before.
    const costs = [300, 30, 100]
    await serve({ unit: 'token', baseRate: 1_200_000 }, costs.length)
    served.upstream.always(costing(costs))
    await clients.done(60)
    const calls = await clients.window(windowCalls)
    const used = calls.map((count, index) => count * (costs[index] ?? 0))
    // What the model lately used is guessed for all alike: far too little of the first, far too much of the second.
    expectFair(
      used,
      costs.map((cost) => Math.max(cost, guessMax)),
    )
  })

  it('are each one’s own in strict mode, though others leave theirs', async () => {
    await serve({ unit: 'request', mode: 'strict', baseRate: 1_200 }, 2)
    const { calls, elapsedMs } = await clients.timedWindow(90)
    const [first = 0, second = 0] = calls.map((count) => (count * 60_000) / elapsedMs)
    // 1,200 and 600 a minute and never more; what a slow machine takes longer for is a little less.
    expect(first).toBeLessThanOrEqual(1_200 * 1.1)
    expect(second).toBeLessThanOrEqual(600 * 1.1)
    expect(first / second).toBeCloseTo(2, 0)
  })

  it('leave to those without a key what the tail has', async () => {
    served = await serveGateway({
      unit: 'request',
      baseRate: 6_000,
      inFlight,
      gateway: { untracked: 'allow' },
    })
    clients = backloggedClients(served, [served.begin(), { taskId: taskId(0), key: 'whatever' }])
    await clients.done(30)
    const [tracked = 0, untracked = 0] = await clients.window(windowCalls)
    // 1 part of 65, and what D outstanding blur at both ends.
    expect(untracked).toBeLessThanOrEqual(tracked / 64 + 2 * inFlight + 1)
  })

  it('lend a lone task the whole', async () => {
    await serve({ unit: 'request', baseRate: 600 }, 1)
    const { calls, elapsedMs } = await clients.timedWindow(60)
    const rate = ((calls[0] ?? 0) * 60_000) / elapsedMs
    expect(rate).toBeLessThanOrEqual(1_200 * 1.1)
    // More than its own half.
    expect(rate).toBeGreaterThan(600 * 1.1)
  })
})

/**
 * Start-time fair queueing with D outstanding (Jin, Chase, Kaur 2004): what two backlogged flows got, by weight, differs by at most
 * (D+1)(c/w + c/w). Calls that were dispatched and are not yet back blur both ends of a window by D each.
 * @param got units, in the order of the positions
 * @param dearest what one call of each costs at most, or was thought to, units
 */
function expectFair(got: readonly number[], dearest: readonly number[]): void {
  const byWeight = got.map((units, index) => units * 2 ** (index + 1))
  const slack = dearest.map((cost, index) => (2 * inFlight + 1) * cost * 2 ** (index + 1))
  for (const [f, one] of byWeight.entries()) {
    for (const [g, other] of byWeight.entries()) {
      const bound = (slack[f] ?? 0) + (slack[g] ?? 0)
      expect(
        Math.abs(one - other),
        `positions ${f + 1} and ${g + 1} of ${got.join(', ')}`,
      ).toBeLessThanOrEqual(bound)
    }
  }
}

/** Each task's calls cost what is its own, as `user` tells. */
function costing(costs: readonly number[]): Reply {
  return (request, to) => {
    const cost = costs[Number(request.json?.['user'])] ?? 1
    return properly({ input: 10, output: cost - 10 })(request, to)
  }
}
