import { systemClock } from '../../../src/adapters/clock.ts'
import { systemRandom } from '../../../src/adapters/random.ts'
import type { GatewayPolicy, UpstreamPolicy } from '../../../src/config/policy.ts'
import { type Gateway, createGateway } from '../../../src/gateway/gateway.ts'
import type { HeldDoor } from '../../../src/gateway/intake/held-door.ts'
import type { Upstream } from '../../../src/ports/upstream.ts'
import { policyOf } from '../../daemon/policy.ts'
import { type FakeCapacity, fakeCapacity } from '../../fakes/capacity.ts'
import { type FakeLogger, fakeLogger } from '../../fakes/logger.ts'
import { type FakeUpstream, fakeUpstream } from '../../fakes/upstream.ts'
import { type TestAttempts, testAttempts } from '../../support/llm/attempts.ts'

/** The gateway on a real socket, between a real client and upstreams that do as the test says. */
export interface Served {
  gateway: Gateway
  readonly url: string
  capacity: FakeCapacity
  attempts: TestAttempts
  upstream: FakeUpstream
  logger: FakeLogger
  policy: GatewayPolicy
  kept: { port: number | null }
  close(): Promise<void>
}

export interface ServeOptions extends Partial<Omit<GatewayPolicy, 'upstreams'>> {
  unit?: 'request' | 'token'
  upstreams?: { policy: UpstreamPolicy; upstream: Upstream }[]
  keptPort?: number
  held?: HeldDoor | null
}

export async function serve({
  unit,
  upstreams,
  keptPort,
  held = null,
  ...given
}: ServeOptions = {}): Promise<Served> {
  const clock = systemClock()
  const [logger, capacity, attempts, upstream] = [
    fakeLogger(),
    fakeCapacity(clock),
    testAttempts(),
    fakeUpstream(),
  ]
  const routes = upstreams ?? [{ policy: upstreamPolicy('fake'), upstream }]
  const policy = { ...policyOf().gateway, ...given, upstreams: routes.map((route) => route.policy) }
  const kept = { port: keptPort ?? null }
  const gateway = createGateway({
    policy,
    capacity,
    unit: () => unit ?? 'request',
    keys: attempts,
    listening: () => true,
    keptPort: { get: () => kept.port, set: (port) => void (kept.port = port) },
    held,
    clock,
    random: systemRandom(),
    logger,
  })
  const served: Served = {
    gateway,
    get url() {
      return gateway.url ?? 'http://closed'
    },
    capacity,
    attempts,
    upstream,
    logger,
    policy,
    kept,
    close: async () => void (await gateway.stop(0)),
  }
  await gateway.apply(policy, routes)
  return served
}

export function upstreamPolicy(name: string, more: Partial<UpstreamPolicy> = {}): UpstreamPolicy {
  return {
    name,
    kind: 'http',
    dialects: ['openai', 'anthropic'],
    url: 'http://nowhere',
    key: null,
    keyHeader: 'standard',
    streamUsage: 'ask',
    models: ['*'],
    maxInFlight: 64,
    connectTimeoutMs: 10_000,
    headTimeoutMs: 60_000,
    idleTimeoutMs: 60_000,
    ...more,
  }
}
