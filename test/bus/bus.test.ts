import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createBus, type DaemonBus } from '../../src/bus/bus.ts'
import type { LedgerEntry } from '../../src/domain/ledger-event.ts'
import type { BusPolicy } from '../../src/config/policy.ts'
import type { BusEvent, BusRequestView } from '../../src/contract/bus.ts'
import type { Json } from '../../src/domain/task.ts'
import type { BusSubscription, RequestVerdict } from '../../src/ports/bus.ts'
import { policyOf } from '../daemon/policy.ts'
import { fakeClock, type FakeClock } from '../fakes/clock.ts'
import { fakeRandom } from '../fakes/random.ts'

let clock: FakeClock
let bus: DaemonBus
const made = (more: Partial<BusPolicy> = {}): DaemonBus =>
  createBus({ policy: { ...policyOf().bus, ...more }, clock, random: fakeRandom(1) })

beforeEach(() => {
  clock = fakeClock()
  bus = made()
})
afterEach(() => {
  bus.stop()
  expect(clock.pending).toBe(0)
})

function listen(...patterns: string[]): BusSubscription {
  return subscribe(patterns, false)
}

function respond(...patterns: string[]): BusSubscription {
  return subscribe(patterns, true)
}

function subscribe(patterns: string[], asResponder: boolean): BusSubscription {
  const verdict = bus.subscribe({ patterns, respond: asResponder, from: 'test', door: 'here' })
  if (verdict.kind !== 'subscribed') throw new Error(verdict.kind)
  return verdict.subscription
}

/** What waits for it, without the greeting. */
async function heard(subscription: BusSubscription): Promise<BusEvent[]> {
  const frames = (await subscription.next()) ?? []
  return frames
    .map(({ event, json }) => ({ event, data: JSON.parse(json) as unknown }) as BusEvent)
    .filter(({ event }) => event !== 'ready')
}

async function requestTo(subscription: BusSubscription): Promise<BusRequestView> {
  for (;;) {
    const events = await heard(subscription)
    const found = events.find(({ event }) => event === 'request')
    if (found !== undefined) return found.data as BusRequestView
  }
}

const say = (topic: string, data: Json = null) => bus.publish({ topic, data, from: 'me' })
const never = new AbortController().signal
const ask = (
  topic: string,
  more: { data?: Json; timeoutMs?: number; cacheMs?: number; gone?: AbortSignal; from?: string } = {},
): Promise<RequestVerdict> =>
  bus.request(
    {
      topic,
      data: more.data ?? null,
      from: more.from ?? 'asker',
      timeoutMs: more.timeoutMs ?? null,
      cacheMs: more.cacheMs ?? 0,
    },
    more.gone ?? never,
  )

describe('messages', () => {
  it('reach those who listen, once each, with who said what', async () => {
    const [one, other, both] = [listen('prices.*'), listen('news.>'), listen('prices.eur', 'prices.>')]
    expect(say('prices.eur', { usd: 1 })).toEqual({ kind: 'published', subscribers: 2 })
    const message = {
      event: 'message',
      data: { id: 1, topic: 'prices.eur', at: clock.wallMs(), from: 'me', data: { usd: 1 } },
    }
    expect(await heard(one)).toEqual([message])
    expect(await heard(both)).toEqual([message])
    expect(await heard(other)).toEqual([])
  })

  it('come in the order in which they were said', async () => {
    const all = listen('>')
    for (let count = 0; count < 5; count++) say(`a.${count % 2}`, count)
    expect((await heard(all)).map(({ data }) => (data as { data: Json }).data)).toEqual([0, 1, 2, 3, 4])
  })

  it('wake a reader that waits', async () => {
    const one = listen('a')
    await heard(one)
    const waiting = heard(one)
    say('a', 1)
    expect(await waiting).toHaveLength(1)
  })

  it('are nobody’s who has left', async () => {
    const one = listen('a')
    one.end()
    expect(say('a')).toEqual({ kind: 'published', subscribers: 0 })
    expect(await one.next()).toBeUndefined()
    expect(bus.view()).toMatchObject({ subscribers: 0, published: 1, delivered: 0 })
  })

  it('find who came after the topic was first used', async () => {
    say('a')
    const late = listen('a')
    expect(say('a')).toMatchObject({ subscribers: 1 })
    expect(await heard(late)).toHaveLength(1)
  })

  it('under a name of the daemon are refused', () => {
    expect(say('task.mine')).toEqual({ kind: 'reserved' })
  })

  it('that are too large are refused, with the limit', () => {
    bus = made({ maxMessageBytes: 1024 })
    expect(say('a', 'ä'.repeat(511))).toMatchObject({ kind: 'published' })
    expect(say('a', 'ä'.repeat(512))).toEqual({ kind: 'too_large', bytes: 1026, bytesMax: 1024 })
  })

  it('have no subscribers beyond the limit', () => {
    bus = made({ maxSubscribers: 1 })
    const first = listen('a')
    const wish = { patterns: ['a'], respond: false, from: 'me', door: 'here' }
    expect(bus.subscribe(wish)).toEqual({ kind: 'full', subscribersMax: 1, door: 'here' })
    expect(bus.subscribe({ ...wish, door: 'there' })).toMatchObject({ kind: 'subscribed' })
    first.end()
    expect(bus.subscribe(wish)).toMatchObject({ kind: 'subscribed' })
  })
})

describe('a slow reader', () => {
  it('loses the oldest, is told how many, and costs the others nothing', async () => {
    bus = made({ maxQueued: 3 })
    const slow = listen('a')
    const quick = listen('a')
    for (let count = 1; count <= 5; count++) {
      say('a', count)
      expect((await heard(quick)).at(-1)).toMatchObject({ data: { data: count } })
    }
    const events = await heard(slow)
    const [first, ...rest] = events
    const missed = first?.event === 'missed' ? first.data.count : 0
    const seen = rest.map(({ data }) => (data as { data: number }).data)
    expect(missed).toBeGreaterThan(0)
    expect(seen).toEqual([1, 2, 3, 4, 5].slice(-seen.length))
    expect(missed + seen.length).toBe(5)
    expect(bus.view()).toMatchObject({ missed, delivered: 10 })
  })

  it('holds no more bytes than it may', async () => {
    bus = made({ maxMessageBytes: 10_000, maxQueuedBytes: 65_536 })
    const slow = listen('a')
    for (let count = 0; count < 100; count++) say('a', 'x'.repeat(9_000))
    let [bytes, messages] = [0, 0]
    for (let events = await heard(slow); messages < 7; events = await heard(slow)) {
      for (const { event, data } of events) {
        if (event === 'missed') expect(data).toEqual({ count: 93 })
        else [bytes, messages] = [bytes + JSON.stringify(data).length, messages + 1]
      }
      if (messages >= 7) break
    }
    expect(bytes).toBeLessThanOrEqual(65_536)
  })

  it('takes no more at a time than a socket is fond of', async () => {
    const slow = listen('a')
    for (let count = 0; count < 10; count++) say('a', 'x'.repeat(30_000))
    expect(await heard(slow)).toHaveLength(2)
  })
})

describe('requests', () => {
  it('go to one who responds, and its answer to who asked', async () => {
    const responder = respond('calc.*')
    const watching = listen('>')
    const answer = ask('calc.sum', { data: [1, 2], from: 'jr:a task:1' })
    const request = await requestTo(responder)
    expect(request).toMatchObject({ topic: 'calc.sum', data: [1, 2], from: 'jr:a task:1', timeout_ms: 5000 })
    await clock.advance(20)
    expect(bus.reply(request.request_id, { data: 3 })).toEqual({ kind: 'delivered' })
    expect(await answer).toEqual({
      kind: 'answered',
      requestId: request.request_id,
      reply: { data: 3 },
      tookMs: 20,
      cached: false,
    })
    expect(await heard(watching)).toEqual([])
  })

  it('are answered with an error as with anything else', async () => {
    const responder = respond('calc.sum')
    const answer = ask('calc.sum')
    bus.reply((await requestTo(responder)).request_id, { error: 'no numbers' })
    expect(await answer).toMatchObject({ kind: 'answered', reply: { error: 'no numbers' } })
  })

  it('are refused at once where nobody responds', async () => {
    listen('calc.sum')
    expect(await ask('calc.sum')).toEqual({ kind: 'no_responders' })
  })

  it('wait as long as they say, else as long as is usual', async () => {
    const responder = respond('a')
    const [short, usual] = [ask('a', { timeoutMs: 100 }), ask('a')]
    const request = await requestTo(responder)
    await clock.advance(100)
    expect(await short).toEqual({ kind: 'timeout', timeoutMs: 100 })
    expect(await heard(responder)).toContainEqual({
      event: 'cancelled',
      data: { request_id: request.request_id, reason: 'timeout' },
    })
    expect(bus.reply(request.request_id, { data: 1 })).toEqual({ kind: 'late', why: 'timeout' })
    await clock.advance(4_899)
    expect(bus.view().waiting).toBe(1)
    await clock.advance(1)
    expect(await usual).toEqual({ kind: 'timeout', timeoutMs: 5000 })
    expect(bus.view()).toMatchObject({ waiting: 0, timeouts: 2 })
  })

  it('are taken back by who leaves: a responder that has not read them never does', async () => {
    const responder = respond('a')
    await heard(responder)
    const asker = new AbortController()
    const answer = ask('a', { gone: asker.signal })
    asker.abort()
    expect(await answer).toEqual({ kind: 'gone' })
    const next = ask('a', { data: 'next' })
    const request = await requestTo(responder)
    expect(request.data).toBe('next')
    bus.reply(request.request_id, { data: null })
    await next
  })

  it('are answered once: the second is told so, and who answers the unknown', async () => {
    const responder = respond('a')
    const answer = ask('a')
    const { request_id: id } = await requestTo(responder)
    bus.reply(id, { data: 1 })
    expect(bus.reply(id, { data: 2 })).toEqual({ kind: 'repeated' })
    expect(bus.reply('nonsense', { data: 2 })).toEqual({ kind: 'unknown' })
    expect(await answer).toMatchObject({ reply: { data: 1 } })
  })

  it('go round among those who are equally free, and past who is busy', async () => {
    const responders = [respond('a'), respond('>'), respond('*')]
    const first = await Promise.all(
      responders.map(async (responder, at) => {
        void ask('a', { data: at })
        return requestTo(responder)
      }),
    )
    expect(first.map(({ data }) => data)).toEqual([0, 1, 2])
    bus.reply(first[1]?.request_id ?? '', { data: null })
    const answer = ask('a', { data: 'fourth' })
    const fourth = await requestTo(responders[1] as BusSubscription)
    expect(fourth.data).toBe('fourth')
    bus.reply(fourth.request_id, { data: null })
    await answer
  })

  it('of a responder that left are given to another if it had not read them, else told', async () => {
    const leaving = respond('a')
    const read = ask('a', { data: 'read' })
    await requestTo(leaving)
    const unread = ask('a', { data: 'unread' })
    const other = respond('a')
    leaving.end()
    expect(await read).toEqual({ kind: 'responder_gone' })
    const request = await requestTo(other)
    expect(request.data).toBe('unread')
    bus.reply(request.request_id, { data: 'here' })
    expect(await unread).toMatchObject({ reply: { data: 'here' } })
  })

  it('of the last responder that left are told that nobody responds', async () => {
    const leaving = respond('a')
    const unread = ask('a')
    leaving.end()
    expect(await unread).toEqual({ kind: 'no_responders' })
  })

  it('are not more than may wait', async () => {
    bus = made({ maxRequests: 1 })
    const responder = respond('a')
    const first = ask('a')
    expect(await ask('a')).toEqual({ kind: 'full', waiting: 1 })
    bus.reply((await requestTo(responder)).request_id, { data: null })
    await first
    void ask('a')
    await requestTo(responder)
  })

  it('do not push each other out of a responder’s queue', async () => {
    bus = made({ maxQueued: 2 })
    const responder = respond('a')
    const answers = [ask('a', { data: 1 }), ask('a', { data: 2 })]
    // The greeting holds a place.
    expect(await answers[1]).toEqual({ kind: 'full', waiting: 1 })
    expect((await requestTo(responder)).data).toBe(1)
  })

  it('under a name of the daemon nobody answers in its stead', async () => {
    expect(await ask('task.count')).toEqual({ kind: 'reserved' })
    expect(bus.subscribe({ patterns: ['a', 'task.count'], respond: true, from: 'me', door: 'here' })).toEqual(
      {
        kind: 'reserved',
        topic: 'task.count',
      },
    )
  })
})

describe('equal requests', () => {
  const equal = { data: { b: 1, a: [2] }, cacheMs: 1000 }

  it('share one answer while it is no older than who asks allows', async () => {
    const responder = respond('a')
    const first = ask('a', equal)
    bus.reply((await requestTo(responder)).request_id, { data: 'x' })
    expect(await first).toMatchObject({ cached: false, reply: { data: 'x' } })
    await clock.advance(500)
    expect(await ask('a', { ...equal, data: { a: [2], b: 1 } })).toMatchObject({
      cached: true,
      reply: { data: 'x' },
    })
    const stricter = ask('a', { ...equal, cacheMs: 100 })
    bus.reply((await requestTo(responder)).request_id, { data: 'y' })
    expect(await stricter).toMatchObject({ cached: false, reply: { data: 'y' } })
  })

  it('ask again when it is too old, for other data, another topic, or without a wish to share', async () => {
    const responder = respond('>')
    const answers = [ask('a', equal)]
    bus.reply((await requestTo(responder)).request_id, { data: 0 })
    await clock.advance(1001)
    answers.push(
      ask('a', equal),
      ask('a', { ...equal, data: 1 }),
      ask('b', equal),
      ask('a', { data: equal.data }),
    )
    for (let count = 1; count <= 4; count++) {
      for (const { event, data } of await heard(responder))
        if (event === 'request') bus.reply(data.request_id, { data: null })
      if (bus.view().waiting === 0) break
    }
    for (const answer of await Promise.all(answers)) expect(answer).toMatchObject({ cached: false })
  })

  it('that are under way are asked once; each waits for as long as it wants', async () => {
    const responder = respond('a')
    const asker = new AbortController()
    const [first, short, third] = [
      ask('a', { ...equal, gone: asker.signal }),
      ask('a', { ...equal, timeoutMs: 10 }),
      ask('a', equal),
    ]
    const { request_id: id } = await requestTo(responder)
    await clock.advance(10)
    asker.abort()
    expect(await first).toEqual({ kind: 'gone' })
    expect(await short).toEqual({ kind: 'timeout', timeoutMs: 10 })
    expect(bus.view().waiting).toBe(1)
    expect(bus.reply(id, { data: 'once' })).toEqual({ kind: 'delivered' })
    expect(await third).toMatchObject({ cached: true, reply: { data: 'once' } })
  })

  it('do not share errors', async () => {
    const responder = respond('a')
    const first = ask('a', equal)
    bus.reply((await requestTo(responder)).request_id, { error: 'not now' })
    await first
    const second = ask('a', equal)
    bus.reply((await requestTo(responder)).request_id, { data: 'now' })
    expect(await second).toMatchObject({ cached: false, reply: { data: 'now' } })
  })

  it('are kept within the limit of bytes, the newest', async () => {
    bus = made({ cacheBytes: 1000 })
    const responder = respond('a')
    for (const data of [1, 2]) {
      const answer = ask('a', { data, cacheMs: 60_000 })
      bus.reply((await requestTo(responder)).request_id, { data: 'x'.repeat(600) })
      await answer
    }
    expect(await ask('a', { data: 2, cacheMs: 60_000 })).toMatchObject({ cached: true })
    void ask('a', { data: 1, cacheMs: 60_000 })
    expect((await requestTo(responder)).data).toBe(1)
  })
})

describe('the daemon’s own messages', () => {
  const entry: LedgerEntry = {
    id: 7,
    createdAt: 1_000,
    eventType: 'dlq.added',
    level: 'error',
    actor: 'daemon',
    message: 'task 42 failed',
    data: { attempts: 4 },
    dedupeKey: 'x',
    hash: 'secret of the chain',
  }

  it('are the entries of its ledger, under their types', async () => {
    const one = listen('dlq.*')
    bus.announce([entry, { ...entry, eventType: 'task.inserted' }])
    expect(await heard(one)).toEqual([
      {
        event: 'message',
        data: {
          id: 1,
          topic: 'dlq.added',
          at: 1_000,
          from: 'daemon',
          data: {
            id: 7,
            createdAt: 1_000,
            eventType: 'dlq.added',
            level: 'error',
            actor: 'daemon',
            message: 'task 42 failed',
            data: { attempts: 4 },
          },
        },
      },
    ])
  })
})

describe('a stop', () => {
  it('tells who waits, lets listeners read what is left, and takes nothing more', async () => {
    const [one, responder] = [listen('a'), respond('a')]
    say('a', 'last')
    const answer = ask('a')
    await requestTo(responder)
    bus.stop()
    expect(await answer).toEqual({ kind: 'stopping' })
    expect(await heard(one)).toHaveLength(1)
    expect(await one.next()).toBeUndefined()
    expect(await responder.next()).toBeUndefined()
    expect(say('a')).toEqual({ kind: 'stopping' })
    expect(await ask('a')).toEqual({ kind: 'stopping' })
    expect(bus.subscribe({ patterns: ['a'], respond: false, from: 'me', door: 'here' })).toEqual({
      kind: 'stopping',
    })
  })
})
