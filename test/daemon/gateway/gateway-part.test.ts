import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Policy, Secret, type UpstreamPolicy } from '../../../src/config/policy.ts'
import { createGatewayPart, type GatewayPart } from '../../../src/daemon/gateway/gateway-part.ts'
import { UserError } from '../../../src/errors.ts'
import { upstreamPolicy } from '../../adapters/gateway/serve.ts'
import { fakeCapacity } from '../../fakes/capacity.ts'
import { type FakeClock, fakeClock } from '../../fakes/clock.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { fakeRandom } from '../../fakes/random.ts'
import { fakeStateStore } from '../../fakes/state-store.ts'
import { fakeUpstream } from '../../fakes/upstream.ts'
import { testAttempts } from '../../support/llm/attempts.ts'
import { policyOf } from '../policy.ts'

const hurry = new AbortController().signal

describe('the gateway in the daemon', () => {
  let clock: FakeClock
  let part: GatewayPart
  let opened: string[]
  let closed: string[]
  let lanes: readonly { name: string; places: number }[]
  let key: Secret | Error
  const store = fakeStateStore()
  const logger = fakeLogger()

  beforeEach(() => {
    clock = fakeClock()
    ;[opened, closed, lanes, key] = [[], [], [], new Secret('canary')]
    part = makePart(policyWith(upstreamPolicy('a')))
  })
  afterEach(() => stop())

  async function stop(): Promise<void> {
    const stopped = part.stop(0, hurry)
    await clock.advance(1_000)
    await stopped
  }

  function policyWith(...upstreams: UpstreamPolicy[]): Policy {
    const policy = policyOf()
    return { ...policy, gateway: { ...policy.gateway, upstreams } }
  }

  function makePart(policy: Policy): GatewayPart {
    return createGatewayPart({
      policy,
      capacity: { ...fakeCapacity(clock), setLanes: (next) => void (lanes = next) },
      board: { subscribe: () => () => {} },
      keys: testAttempts(),
      listening: () => true,
      held: null,
      upstreams: {
        async keyOf() {
          if (key instanceof Error) throw key
          return key
        },
        async open({ name }, given) {
          opened.push(`${name} ${given?.reveal()}`)
          return { ...fakeUpstream({ name }), close: async () => void closed.push(name) }
        },
      },
      store,
      clock,
      random: fakeRandom(1),
      logger,
    })
  }

  const reload = async (policy: Policy) => (await part.prepare(policy))()

  it('has no address without an upstream, and opens nothing', async () => {
    part = makePart(policyWith())
    await part.start()
    expect([part.url, part.view(), opened]).toEqual([null, null, []])
  })

  it('chooses a port below those of outgoing connections, and comes back to it', async () => {
    await part.start()
    const { url } = part
    expect(Number(url?.split(':').at(-1))).toBeGreaterThanOrEqual(20_000)
    expect(Number(url?.split(':').at(-1))).toBeLessThan(30_000)
    await stop()
    part = makePart(policyWith(upstreamPolicy('a')))
    await part.start()
    expect(part.url).toBe(url)
  })

  it('gives each upstream as many places as it takes requests', async () => {
    await part.start()
    expect(lanes).toEqual([{ name: 'a', places: 64 }])
    await reload(policyWith(upstreamPolicy('a', { maxInFlight: 3 }), upstreamPolicy('b')))
    expect(lanes).toEqual([
      { name: 'a', places: 3 },
      { name: 'b', places: 64 },
    ])
  })

  it('at a reload keeps what did not change, opens what did, and closes what went', async () => {
    await part.start()
    await reload(policyWith(upstreamPolicy('a'), upstreamPolicy('b')))
    expect(opened).toEqual(['a canary', 'b canary'])
    await reload(policyWith(upstreamPolicy('b')))
    expect([opened.length, closed]).toEqual([2, ['a']])
    key = new Secret('another')
    await reload(policyWith(upstreamPolicy('b')))
    expect([opened.at(-1), closed]).toEqual(['b another', ['a', 'b']])
  })

  it('changes nothing where a key cannot be read', async () => {
    await part.start()
    key = new UserError('the key of the upstream "b" is to be in the variable B, which holds none')
    await expect(part.prepare(policyWith(upstreamPolicy('b')))).rejects.toThrow('the variable B')
    expect(part.view()?.upstreams.map(({ name }) => name)).toEqual(['a'])
    expect(JSON.stringify(logger.lines)).not.toContain('canary')
  })

  it('goes and comes with a reload', async () => {
    await part.start()
    const { url } = part
    const policy = policyWith(upstreamPolicy('a'))
    await reload({ ...policy, gateway: { ...policy.gateway, enabled: false } })
    expect([part.url, lanes, closed]).toEqual([null, [], ['a']])
    await reload(policy)
    expect(part.url).toBe(url)
  })
})
