import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { beforeEach, describe, expect, it } from 'vitest'
import { mergedModels } from '../../src/gateway/merged-models.ts'
import { type UpstreamSet, createUpstreamSet } from '../../src/gateway/upstream-set.ts'
import { upstreamPolicy } from '../adapters/gateway/serve.ts'
import { type FakeClock, fakeClock } from '../fakes/clock.ts'
import { type FakeUpstream, fakeUpstream } from '../fakes/upstream.ts'

const request = {
  method: 'GET',
  dialect: 'openai',
  path: '/v1/models',
  headers: [],
  free: true,
  body: null,
} as const

describe('the models of several upstreams', () => {
  let clock: FakeClock
  let set: UpstreamSet
  let [a, b]: FakeUpstream[] = []
  let client: ServerResponse
  beforeEach(() => {
    clock = fakeClock()
    set = createUpstreamSet(clock)
    ;[a, b] = ['a', 'b'].map((name) => fakeUpstream({ name }))
    if (a === undefined || b === undefined) throw new Error('no upstreams')
    set.replace([
      { policy: upstreamPolicy('a'), upstream: a },
      { policy: upstreamPolicy('b'), upstream: b },
    ])
    client = new ServerResponse(new IncomingMessage(new Socket()))
  })
  const ask = () => mergedModels(set, request, client, clock)
  const inFlight = () => set.routes.map((route) => route.freeInFlight)

  it('are told without those of one that cannot be reached, and it is known for it', async () => {
    const asked = ask()
    ;(await a?.next())?.answer(200, '{"data":[{"id":"x"}]}')
    ;(await b?.next())?.fail({ kind: 'unreachable', message: 'b is away' })
    expect(await asked).toEqual({ list: { object: 'list', data: [{ id: 'x' }] }, leftOut: ['b'] })
    expect(set.routes.map((route) => set.trouble(route))).toEqual([null, 'b is away'])
    expect(inFlight()).toEqual([0, 0])
  })

  it('are told after five seconds without those of one that is silent', async () => {
    const asked = ask()
    ;(await a?.next())?.answer(200, '{"data":[{"id":"x"}]}')
    const silent = await b?.next()
    await clock.advance(5_000)
    expect(await asked).toMatchObject({ leftOut: ['b'] })
    expect([silent?.aborted, inFlight()]).toEqual([true, [0, 0]])
  })

  it('are no longer asked for when the client has gone', async () => {
    const asked = ask()
    const calls = [await a?.next(), await b?.next()]
    client.destroy()
    client.emit('close')
    expect(await asked).toBeNull()
    expect([calls.map((call) => call?.aborted), inFlight()]).toEqual([
      [true, true],
      [0, 0],
    ])
    expect(clock.pending).toBe(0)
  })
})
