import { beforeEach, describe, expect, it } from 'vitest'
import { type UpstreamSet, createUpstreamSet } from '../../src/gateway/upstream-set.ts'
import type { Upstream } from '../../src/ports/upstream.ts'
import { upstreamPolicy } from '../adapters/gateway/serve.ts'
import { type FakeClock, fakeClock } from '../fakes/clock.ts'
import { fakeUpstream } from '../fakes/upstream.ts'

describe('the upstreams', () => {
  let clock: FakeClock
  let set: UpstreamSet
  let closed: string[]
  beforeEach(() => {
    clock = fakeClock()
    set = createUpstreamSet(clock)
    closed = []
  })

  const open = (name: string, more = {}) => {
    const upstream: Upstream = { ...fakeUpstream({ name }), close: async () => void closed.push(name) }
    return { policy: upstreamPolicy(name, more), upstream }
  }
  const found = (dialect: 'openai' | 'anthropic', model: string | null) =>
    set.find(dialect, model)?.policy.name ?? null

  it('are chosen by dialect, model and order, also when they change', () => {
    const [a, b, c] = [
      open('a', { dialects: ['openai'], models: ['gpt-*'] }),
      open('b', { models: ['gpt-4', 'claude-*'] }),
      open('c', { dialects: ['anthropic'] }),
    ]
    set.replace([a, b, c])
    expect([found('openai', 'gpt-4'), found('openai', 'gpt-4'), found('openai', 'claude-1')]).toEqual([
      'a',
      'a',
      'b',
    ])
    expect([found('anthropic', 'gpt-4'), found('anthropic', 'x'), found('openai', 'x')]).toEqual([
      'b',
      'c',
      null,
    ])
    expect([found('anthropic', null), found('openai', null)]).toEqual(['b', 'a'])
    expect(set.models('openai')).toEqual(['gpt-*', 'gpt-4', 'claude-*'])
    set.replace([b])
    expect([found('openai', 'gpt-4'), found('anthropic', 'x')]).toEqual(['b', null])
  })

  it('that are replaced are closed after their last answer, the others go on counting', () => {
    const [a, b] = [open('a'), open('b')]
    set.replace([a, b])
    const [routeA, routeB] = set.routes
    if (!routeA || !routeB) throw new Error('no routes')
    set.begin(routeA, true)
    set.begin(routeB, false)
    set.replace([b])
    expect(closed).toEqual([])
    set.end(routeA, true, 'answered')
    set.end(routeB, false, 'answered')
    expect(closed).toEqual(['a'])
    const again = open('b')
    set.replace([again])
    expect(closed).toEqual(['a', 'b'])
    expect(set.routes[0]?.tally.requests).toBe(1)
  })

  it('that cannot be reached say so until they answer, or it is long ago', () => {
    set.replace([open('a')])
    const [route] = set.routes
    if (!route) throw new Error('no route')
    const fail = (kind: 'unreachable' | 'broken') => {
      set.begin(route, false)
      set.end(route, false, { kind, message: 'a is away', sent: false })
    }
    fail('unreachable')
    expect(set.trouble(route)).toBe('a is away')
    set.begin(route, false)
    set.end(route, false, null)
    expect(set.trouble(route)).toBe('a is away')
    fail('broken')
    expect([set.trouble(route), route.tally.failures]).toEqual([null, 2])
    fail('unreachable')
    clock.stall(5 * 60_000)
    expect(set.trouble(route)).toBeNull()
  })

  it('that fail again and again say so until they answer', () => {
    set.replace([open('a')])
    const [route] = set.routes
    if (!route) throw new Error('no route')
    const end = (how: 'slow_head' | 'answered') => {
      set.begin(route, false)
      set.end(
        route,
        false,
        how === 'answered' ? how : { kind: how, message: 'a began no answer', sent: true },
      )
    }
    end('slow_head')
    end('slow_head')
    expect(set.failing(route)).toBeNull()
    end('slow_head')
    expect(set.failing(route)).toBe('a began no answer; its last 3 requests all failed')
    end('answered')
    expect(set.failing(route)).toBeNull()
  })

  it('name no more models than a message holds', () => {
    set.replace([open('a', { models: Array.from({ length: 30 }, (_, index) => `m${index}`) })])
    expect(set.models('openai')).toHaveLength(21)
    expect(set.models('openai').at(-1)).toBe('and 10 more')
  })
})
