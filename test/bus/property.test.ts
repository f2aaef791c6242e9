import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { createBus } from '../../src/bus/bus.ts'
import type { BusSubscription, RequestVerdict } from '../../src/ports/bus.ts'
import { policyOf } from '../daemon/policy.ts'
import { fakeClock } from '../fakes/clock.ts'
import { fakeRandom } from '../fakes/random.ts'

/** What people and programs do with a bus, in any order. Numbers choose among what there is by then. */
const topic = fc.constantFrom('a', 'a.b', 'a.c', 'd')
const pattern = fc.constantFrom('a', 'a.*', 'a.>', '>', 'd')
const step = fc.oneof(
  fc.record({ do: fc.constant('publish' as const), topic }),
  fc.record({ do: fc.constant('listen' as const), pattern, respond: fc.boolean() }),
  fc.record({ do: fc.constant('leave' as const), who: fc.nat() }),
  fc.record({ do: fc.constant('read' as const), who: fc.nat() }),
  fc.record({
    do: fc.constant('ask' as const),
    topic,
    data: fc.nat(2),
    timeoutMs: fc.integer({ min: 1, max: 50 }),
    cacheMs: fc.constantFrom(0, 0, 30),
  }),
  fc.record({ do: fc.constant('hangUp' as const), who: fc.nat() }),
  fc.record({ do: fc.constant('reply' as const), which: fc.nat(), isError: fc.boolean() }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 30 }) }),
)

it('settles every request once, counts what it delivers, and keeps within its limits', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const clock = fakeClock()
      const policy = { ...policyOf().bus, maxSubscribers: 4, maxQueued: 5, maxRequests: 6, cacheBytes: 40 }
      const bus = createBus({ policy, clock, random: fakeRandom(1) })
      const subscribers: { subscription: BusSubscription; messages: number }[] = []
      const asked: { stop: AbortController; verdicts: RequestVerdict[] }[] = []
      /** As responders have read them. */
      const requests: string[] = []
      let [delivered, missed, left] = [0, 0, 0]
      const pick = <T>(all: readonly T[], at: number): T | undefined => all[at % Math.max(1, all.length)]

      /** Reads what waits; what ended is not read. */
      async function read(subscription: BusSubscription, count: (messages: number) => void): Promise<void> {
        const pending = subscription.next()
        let settled = false
        void pending.then(() => (settled = true))
        await clock.advance(0)
        // Nothing waits: it is left waiting, as a reader is, and hears no more in this game.
        if (!settled) {
          subscription.end()
          return
        }
        for (const { event, json } of (await pending) ?? []) {
          if (event === 'message') count(1)
          if (event === 'missed') missed += (JSON.parse(json) as { count: number }).count
          if (event === 'request') requests.push((JSON.parse(json) as { request_id: string }).request_id)
        }
      }

      for (const what of steps) {
        if (what.do === 'publish') {
          const verdict = bus.publish({ topic: what.topic, data: 1, from: 'me' })
          if (verdict.kind === 'published') delivered += verdict.subscribers
        } else if (what.do === 'listen') {
          const wish = { patterns: [what.pattern], respond: what.respond, from: 'me', door: 'here' }
          const verdict = bus.subscribe(wish)
          if (verdict.kind === 'subscribed')
            subscribers.push({ subscription: verdict.subscription, messages: 0 })
        } else if (what.do === 'leave') {
          pick(subscribers, what.who)?.subscription.end()
        } else if (what.do === 'read') {
          const reader = pick(subscribers, what.who)
          if (reader) await read(reader.subscription, (more) => (left += more))
        } else if (what.do === 'ask') {
          const stop = new AbortController()
          const one = { stop, verdicts: [] as RequestVerdict[] }
          asked.push(one)
          void bus.request({ ...what, from: 'me' }, stop.signal).then((verdict) => one.verdicts.push(verdict))
        } else if (what.do === 'hangUp') pick(asked, what.who)?.stop.abort()
        else if (what.do === 'reply') {
          const id = pick(requests, what.which)
          if (id !== undefined) bus.reply(id, what.isError ? { error: 'no' } : { data: 'yes' })
        } else await clock.advance(what.ms)

        const view = bus.view()
        expect(view.subscribers + view.responders).toBeLessThanOrEqual(4)
        expect(view.waiting).toBeLessThanOrEqual(6)
        expect(view.delivered).toBe(delivered)
        expect(left + missed).toBeLessThanOrEqual(delivered)
        expect(view.missed).toBeGreaterThanOrEqual(missed)
      }
      await clock.advance(0)
      expect(bus.view().waiting).toBe(asked.filter(({ verdicts }) => verdicts.length === 0).length)
      await clock.advance(50)
      expect(asked.map(({ verdicts }) => verdicts.length)).toEqual(asked.map(() => 1))
      expect(bus.view().waiting).toBe(0)
      bus.stop()
      for (const { subscription } of subscribers) subscription.end()
      expect(bus.view()).toMatchObject({ subscribers: 0, responders: 0 })
      expect(clock.pending).toBe(0)
    }),
    { numRuns: 300 },
  )
})
