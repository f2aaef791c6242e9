import { createConnection } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/adapters/clock.ts'
import { createBus } from '../../src/bus/bus.ts'
import { createClient } from '../../src/client/client.ts'
import type { BusPolicy } from '../../src/config/policy.ts'
import type { BusEvent, BusEvents } from '../../src/contract/bus.ts'
import type { Inputs } from '../../src/contract/inputs.ts'
import { taskId } from '../../src/domain/ids.ts'
import { policyOf } from '../daemon/policy.ts'
import { fakeRandom } from '../fakes/random.ts'
import { fakeServices } from './daemon-services.ts'
import { get, post, raw } from './raw.ts'
import { allDoors, serve, type Served } from './served.ts'

let served: Served
const open: Listener[] = []
beforeEach(async () => {
  served = await serve()
})
afterEach(async () => {
  await served.stop()
  await Promise.all(open.splice(0).map(({ ended }) => ended))
})

/** Its own limits, before anything was asked. */
async function limited(more: Partial<BusPolicy>): Promise<void> {
  await served.stop()
  const services = fakeServices()
  const policy = { ...policyOf().bus, ...more }
  services.bus = createBus({ policy, clock: services.clock, random: fakeRandom(3) })
  served = await serve({}, services, allDoors())
}

interface Listener {
  /** The next event of this name; others are passed over. */
  next<Name extends BusEvent['event']>(name: Name): Promise<BusEvents[Name]>
  leave(): void
  ended: Promise<void>
}

/** Settles when it listens. */
async function listen(input: Inputs['subscribeBus'], client = served.client): Promise<Listener> {
  const stop = new AbortController()
  const events: BusEvent[] = []
  let wake: () => void = () => {}
  const hear = (event: BusEvent): void => {
    events.push(event)
    wake()
  }
  const ended = client.subscribe(input, hear, { signal: stop.signal })
  // Told by `next`, or at the end of the test.
  let failure: unknown
  ended.catch((error: unknown) => {
    failure = error
    wake()
  })
  const listener: Listener = {
    async next(name) {
      for (;;) {
        const event = events.shift()
        if (event?.event === name) return event.data as never
        if (event !== undefined) continue
        if (failure !== undefined) throw failure
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    leave: () => stop.abort(),
    ended: ended.catch(() => {}),
  }
  await listener.next('ready')
  open.push(listener)
  return listener
}

const call: Served['client']['call'] = (...args) => served.client.call(...args)

describe('publish and subscribe', () => {
  it('brings messages to all who listen', async () => {
    const [one, other] = [await listen({ topic: ['prices.*'] }), await listen({ topic: ['a', 'prices.>'] })]
    expect(await call('publishBus', { topic: 'prices.eur', data: { usd: 1.08 } })).toMatchObject({
      subscribers: 2,
    })
    for (const listener of [one, other])
      expect(await listener.next('message')).toMatchObject({
        topic: 'prices.eur',
        data: { usd: 1.08 },
        from: 'cli:tester (self-declared)',
      })
  })

  it('brings what the ledger takes down, as the daemon’s', async () => {
    const listener = await listen({ topic: ['task.*'] })
    served.services.ledger.subscribe((entries) => announce(entries))
    const { bus } = served.services as unknown as { bus: ReturnType<typeof createBus> }
    const announce = (entries: Parameters<typeof bus.announce>[0]) => bus.announce(entries)
    served.services.ledger.note({ eventType: 'task.urgent', level: 'info', actor: 'me', message: 'now' })
    expect(await listener.next('message')).toMatchObject({
      topic: 'task.urgent',
      from: 'daemon',
      data: { actor: 'me', message: 'now' },
    })
  })

  it('is let go of when who listened has left', async () => {
    const listener = await listen({ topic: ['a'] })
    listener.leave()
    await listener.ended
    await expect.poll(() => served.services.bus.view().subscribers).toBe(0)
  })

  it('is not listened to by who asks for the head alone, and no request goes there', async () => {
    const head = get('/v1/bus/subscribe?topic=a&respond=true').replace('GET', 'HEAD')
    const answer = await raw(served.socketPath, head)
    expect(answer.status).toBe(200)
    expect(answer.text).toContain('content-type: text/event-stream')
    expect(answer.text.endsWith('\r\n\r\n')).toBe(true)
    await expect(call('requestBus', { topic: 'a', data: 1 })).rejects.toThrow('Nobody responds to a')
  })

  it('ends with the server, after what was said', async () => {
    const listener = await listen({ topic: ['a'] })
    await call('publishBus', { topic: 'a', data: 'last' })
    await served.stop()
    expect(await listener.next('message')).toMatchObject({ data: 'last' })
    await listener.ended
  })
})

describe('request and reply', () => {
  it('brings the answer of who responds', async () => {
    const responder = await listen({ topic: ['calc.*'], respond: true })
    const answer = call('requestBus', { topic: 'calc.sum', data: [1, 2] })
    const { request_id, data } = await responder.next('request')
    expect(data).toEqual([1, 2])
    expect(await call('replyBus', { request_id, data: 3 })).toMatchObject({ delivered: true })
    expect(await answer).toMatchObject({ ok: true, data: 3, request_id, topic: 'calc.sum', cached: false })
  })

  it('brings its error as data', async () => {
    const responder = await listen({ topic: ['calc.sum'], respond: true })
    const answer = call('requestBus', { topic: 'calc.sum' })
    const { request_id } = await responder.next('request')
    await call('replyBus', { request_id, error: 'no numbers' })
    expect(await answer).toMatchObject({ ok: false, error: 'no numbers' })
  })

  it('says at once that nobody responds', async () => {
    await expect(call('requestBus', { topic: 'calc.sum' })).rejects.toMatchObject({
      message: 'Nobody responds to calc.sum',
      exit: 3,
    })
  })

  it('says when nobody answered in time, and the late one that it is', async () => {
    const responder = await listen({ topic: ['a'], respond: true })
    const answer = call('requestBus', { topic: 'a', timeout_ms: 200 })
    const refused = expect(answer).rejects.toMatchObject({ code: 'bus.timeout' })
    const { request_id } = await responder.next('request')
    await served.services.clock.advance(200)
    await refused
    expect(await responder.next('cancelled')).toEqual({ request_id, reason: 'timeout' })
    await expect(call('replyBus', { request_id, data: 1 })).rejects.toThrow(/any more: it was too late/)
  })

  it('is taken back when who asked hangs up', async () => {
    const responder = await listen({ topic: ['a'], respond: true })
    const asker = new AbortController()
    const refused = expect(call('requestBus', { topic: 'a' }, asker.signal)).rejects.toThrow()
    const { request_id } = await responder.next('request')
    asker.abort()
    await refused
    expect(await responder.next('cancelled')).toEqual({ request_id, reason: 'asker_gone' })
    expect(served.services.bus.view().waiting).toBe(0)
  })

  it('tells who asked that the responder has left', async () => {
    const responder = await listen({ topic: ['a'], respond: true })
    const refused = expect(call('requestBus', { topic: 'a' })).rejects.toMatchObject({
      code: 'bus.responder_gone',
    })
    await responder.next('request')
    responder.leave()
    await refused
  })

  it('takes the first answer alone', async () => {
    const responder = await listen({ topic: ['a'], respond: true })
    const answer = call('requestBus', { topic: 'a' })
    const { request_id } = await responder.next('request')
    await call('replyBus', { request_id, data: 1 })
    await expect(call('replyBus', { request_id, data: 2 })).rejects.toThrow(/answered before/)
    await expect(call('replyBus', { request_id: 'nonsense', data: 2 })).rejects.toMatchObject({ exit: 3 })
    expect(await answer).toMatchObject({ data: 1 })
  })
})

describe('an attempt', () => {
  async function attempt(): Promise<{ id: number; key: string }> {
    const { ids } = await call('addTasks', { tasks: [{ title: 'one', assignedJr: 'a_jr' }] })
    const { attempts } = await call('claimAttempts', { jr: 'a_jr' })
    return { id: ids[0] ?? 0, key: attempts[0]?.key ?? '' }
  }
  const say = (key: string) =>
    raw(served.socketPath, post('/v1/bus/publish', '{"topic":"a"}', [`Authorization: Bearer ${key}`]))

  it('is known by its key to who hears it', async () => {
    const listener = await listen({ topic: ['a'] })
    const { id, key } = await attempt()
    expect((await say(key)).status).toBe(200)
    expect(await listener.next('message')).toMatchObject({ from: `jr:a_jr task:${id}` })
  })

  it('that has ended, or never was, is refused', async () => {
    const { id, key } = await attempt()
    await call('cancelTask', { id })
    expect(await say(key)).toMatchObject({ status: 409, text: expect.stringContaining('attempt.') as string })
    expect((await say('0'.repeat(64))).status).toBe(401)
  })

  it('listens until its end', async () => {
    const { id, key } = await attempt()
    const socket = createConnection(served.socketPath)
    const ended = new Promise<string>((resolve) => {
      let seen = ''
      socket.on('data', (chunk) => {
        seen += chunk.toString('latin1')
        if (seen.includes('event: ready')) served.services.change({ kind: 'ended', taskId: taskId(id) })
        // The last chunk of the answer.
        if (seen.endsWith('0\r\n\r\n')) resolve(seen)
      })
      socket.write(get('/v1/bus/subscribe?topic=a', [`Authorization: Bearer ${key}`]))
    })
    expect(await ended).toContain('200 OK')
    expect(served.services.bus.view().subscribers).toBe(0)
    socket.destroy()
  })
})

describe('what cannot be', () => {
  it.each([
    ['/v1/bus/publish', '{"topic":"a.*"}', 400, 'topic: found wildcards'],
    ['/v1/bus/publish', '{}', 400, 'topic: found nothing'],
    ['/v1/bus/publish', '{"topic":"task.mine"}', 403, 'only the daemon speaks under this name'],
    ['/v1/bus/request', '{"topic":"a","timeout_ms":60001}', 400, 'found 60001, allowed at most 60000'],
    ['/v1/bus/request', '{"topic":"a","timeoutMs":1}', 400, 'there is no such field'],
    ['/v1/bus/reply', '{"request_id":"a"}', 400, 'neither data nor an error'],
    ['/v1/bus/reply', '{"request_id":"a","data":1,"error":"x"}', 400, 'data and an error'],
    ['/v1/bus/publish', `{"topic":"a","data":"${'x'.repeat(300_000)}"}`, 413, 'at most 262144'],
  ])('%s %s: %i', async (path, body, status, words) => {
    const answer = await raw(served.socketPath, post(path, body))
    expect(answer).toMatchObject({ status, text: expect.stringContaining(words) as string })
  })

  it.each([
    ['', 400, 'topic: found nothing'],
    ['?topic=', 400, 'topic[0]: found nothing'],
    ['?topic=a&respond=maybe', 400, 'respond'],
    ['?topic=a.%23', 400, 'is written'],
    ['?topic=dlq.added&respond=true', 403, 'only the daemon'],
    [`?topic=${Array(33).fill('a').join(',')}`, 400, 'at most 32'],
  ])('subscribe%s: %i', async (query, status, words) => {
    const answer = await raw(served.socketPath, get(`/v1/bus/subscribe${query}`))
    expect(answer).toMatchObject({ status, text: expect.stringContaining(words) as string })
  })

  it('one subscriber more than there are places for', async () => {
    await limited({ maxSubscribers: 1 })
    await listen({ topic: ['a'] })
    await expect(listen({ topic: ['a'] })).rejects.toMatchObject({
      code: 'bus.subscribers_full',
      message: 'All 1 places for subscribers on the socket are taken',
    })
    const url = served.server.view().url ?? ''
    const overTcp = createClient({ url, token: null, actor: 'me', clock: systemClock() })
    await listen({ topic: ['a'] }, overTcp)
    await expect(listen({ topic: ['a'] }, overTcp)).rejects.toMatchObject({
      message: 'All 1 places for subscribers over TCP are taken',
    })
  })
})

describe('a reader that stalls', () => {
  it('is told what it missed, while the others miss nothing', async () => {
    const quick = await listen({ topic: ['a'] })
    const socket = createConnection(served.socketPath)
    await new Promise<void>((resolve) => {
      socket.once('data', () => resolve())
      socket.write(get('/v1/bus/subscribe?topic=a'))
    })
    socket.pause()
    const text = 'x'.repeat(100_000)
    for (let count = 0; count < 100; count++) {
      await call('publishBus', { topic: 'a', data: text })
      await quick.next('message')
    }
    const { missed } = served.services.bus.view()
    expect(missed).toBeGreaterThan(0)
    let [seen, told] = ['', 0]
    await new Promise<void>((resolve) => {
      socket.on('data', (chunk) => {
        seen += chunk.toString('latin1').replaceAll(/x{20,}/g, 'x')
        told = Number(/event: missed\ndata: {"count":(\d+)}/.exec(seen)?.[1] ?? 0)
        if (seen.includes('"id":100,')) resolve()
      })
      socket.resume()
    })
    expect(told).toBe(missed)
    expect(seen.match(/event: message/g)).toHaveLength(100 - missed)
    socket.destroy()
  })
})
