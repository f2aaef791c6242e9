import { createConnection } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/adapters/clock.ts'
import { type ApiClient, createClient } from '../../src/client/client.ts'
import { EventLog } from '../../src/api/event-log.ts'
import { EventStream } from '../../src/api/event-stream.ts'
import type { ServerEvent } from '../../src/contract/outputs.ts'
import { taskId } from '../../src/domain/ids.ts'
import { fakeServices } from './daemon-services.ts'
import { get, raw } from './raw.ts'
import { allDoors, serve, type Served } from './served.ts'

let served: Served
beforeEach(async () => {
  served = await serve({ subscribers: 2, heartbeatMs: 20 })
})
afterEach(() => served.stop())

/** Listens until `enough` says so. */
async function listen(enough: (events: ServerEvent[]) => boolean): Promise<ServerEvent[]> {
  const events: ServerEvent[] = []
  const done = new AbortController()
  await served.client.events((event) => {
    events.push(event)
    if (enough(events)) done.abort()
  }, done.signal)
  return events
}

describe('GET /v1/events', () => {
  it('tells the snapshot first, then what changes', async () => {
    const events = await listen((seen) => {
      if (seen.length === 1) served.services.change({ kind: 'positions' })
      if (seen.length === 2) {
        void served.services.ledger.append({
          eventType: 'task.urgent',
          level: 'info',
          actor: 'me',
          message: 'now',
        })
      }
      return seen.length === 3
    })
    expect(events.map(({ event }) => event)).toEqual(['snapshot', 'change', 'ledger'])
    expect(events[0]?.data).toMatchObject({ version: '1.2.3' })
    expect(events[2]?.data).toMatchObject([{ message: 'now' }])
  })

  it('loses nothing that happens while the snapshot is taken', async () => {
    const { services } = served
    const status = await services.status()
    services.status = async () => {
      services.change({ kind: 'ended', taskId: taskId(7) })
      return status
    }
    const events = await listen((seen) => seen.length === 2)
    expect(events[1]).toEqual({ event: 'change', data: { kind: 'ended', taskId: 7 } })
  })

  it('lets go of listeners that went away', async () => {
    // There are places for two.
    for (let time = 0; time < 3; time++) {
      const events: ServerEvent[] = []
      await expect
        .poll(() => listen((seen) => events.push(...seen) > 0).then(() => events[0]?.event))
        .toBe('snapshot')
    }
  })

  it('refuses more listeners than it has places for', async () => {
    const stop = new AbortController()
    const started = [0, 1].map(() => {
      const first = Promise.withResolvers<void>()
      const ended = served.client.events(() => first.resolve(), stop.signal)
      return { first: first.promise, ended }
    })
    await Promise.all(started.map(({ first }) => first))
    await expect(served.client.events(() => {})).rejects.toMatchObject({ code: 'events.full' })
    stop.abort()
    await Promise.all(started.map(({ ended }) => ended))
  })

  it('gives no place to who asks for the head alone', async () => {
    const head = get('/v1/events').replace('GET', 'HEAD')
    for (let time = 0; time < 3; time++)
      expect((await raw(served.socketPath, head)).text).toContain('text/event-stream')
    expect(served.server.listeners).toBe(0)
  })

  it('keeps the places of each way in apart', async () => {
    const all = await serve({ subscribers: 1 }, fakeServices(), allDoors())
    const stop = new AbortController()
    const listenOn = (client: ApiClient) => {
      const first = Promise.withResolvers<void>()
      const ended = client.events(() => first.resolve(), stop.signal)
      return { ended, first: Promise.race([first.promise, ended]) }
    }
    const overTcp = () =>
      createClient({ url: all.server.view().url ?? '', token: null, actor: 'me', clock: systemClock() })
    const taken = listenOn(overTcp())
    await taken.first
    await expect(listenOn(overTcp()).first).rejects.toMatchObject({ code: 'events.full' })
    const own = listenOn(all.client)
    await own.first
    expect(all.server.listeners).toBe(2)
    stop.abort()
    await Promise.all([taken.ended, own.ended])
    await all.stop()
  })

  it('shows that it lives by comments, which the client does not pass on', async () => {
    const text = await new Promise<string>((resolve) => {
      const socket = createConnection(served.socketPath)
      let seen = ''
      socket.on('data', (chunk) => {
        seen += chunk.toString('utf8')
        if (seen.split(': still here').length > 2) socket.destroy()
      })
      socket.on('close', () => resolve(seen))
      socket.write(get('/v1/events'))
    })
    expect(text).toContain('event: snapshot')
  })

  it('ends with the server, within its deadline', async () => {
    const started = Promise.withResolvers<void>()
    const listening = served.client.events(() => started.resolve())
    await started.promise
    await served.stop()
    await listening
    expect(served.services.subscribers).toBe(0)
  })
})

describe('a reader that stalls', () => {
  it('costs a bounded queue, slows nobody, and does not hold up the stop', async () => {
    const socket = createConnection(served.socketPath)
    await new Promise<void>((resolve) => {
      socket.once('data', () => resolve())
      socket.write(get('/v1/events'))
    })
    socket.pause()
    const message = 'x'.repeat(10_000)
    for (let entry = 0; entry < 2000; entry++) {
      await served.services.ledger.append({ eventType: 'task.urgent', level: 'info', actor: 'me', message })
    }
    expect(await served.client.call('health', {})).toMatchObject({ ok: true })
    await served.stop()
    expect(served.services.subscribers).toBe(0)
    socket.destroy()
  })
})

describe('a slow reader', () => {
  const opened = () => {
    const services = fakeServices()
    const log = new EventLog(services, 'abcdef01')
    log.start()
    return { services, stream: new EventStream(log) }
  }

  it('is told how many it missed and keeps the newest', async () => {
    const { services, stream } = opened()
    for (let id = 1; id <= 1500; id++) services.change({ kind: 'ended', taskId: taskId(id) })
    expect(await stream.next()).toEqual({
      id: 'abcdef01-500-0',
      event: { event: 'missed', data: { count: 500 } },
    })
    expect(await stream.next()).toEqual({
      id: 'abcdef01-501-0',
      event: { event: 'change', data: { kind: 'ended', taskId: 501 } },
    })
    stream.end()
    expect(await stream.next()).toBeUndefined()
  })

  it('gets a hint that is still waiting only once, where it first came', async () => {
    const { services, stream } = opened()
    services.change({ kind: 'ended', taskId: taskId(1) })
    for (let time = 0; time < 5; time++) services.change({ kind: 'workers' })
    services.change({ kind: 'ended', taskId: taskId(2) })
    services.change({ kind: 'positions' })
    services.change({ kind: 'workers' })
    const seen = []
    for (let count = 0; count < 4; count++) seen.push((await stream.next())?.event.data)
    expect(seen).toEqual([
      { kind: 'ended', taskId: 1 },
      { kind: 'workers' },
      { kind: 'ended', taskId: 2 },
      { kind: 'positions' },
    ])
    stream.end()
  })
})
