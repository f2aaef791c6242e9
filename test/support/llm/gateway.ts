import { systemClock } from '../../../src/adapters/clock.ts'
import { createUndiciUpstream } from '../../../src/adapters/llm/undici-upstream.ts'
import { systemRandom } from '../../../src/adapters/random.ts'
import type { GatewayPolicy, UpstreamPolicy } from '../../../src/config/policy.ts'
import { createGateway } from '../../../src/gateway/gateway.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { policyOf } from '../../daemon/policy.ts'
import { testAttempts, type TestAttempt } from './attempts.ts'
import { keptBooks } from './books.ts'
import { openCapacity } from './capacity.ts'
import type { ServedGateway, ServedOptions } from './served-gateway.ts'
import { startStrictUpstream } from './strict-upstream.ts'

const upstreamName = 'the-strict-one'

/** For what has been answered and is not yet tidied away. */
const lastAnswersMs = 500

/** The gateway's own parts, wired as the daemon does it, over real sockets; tasks without a queue. */
export async function serveGateway(options: ServedOptions): Promise<ServedGateway> {
  const clock = systemClock()
  const logger = fakeLogger()
  const attempts = testAttempts()
  const secrets: string[] = []
  const upstream = await startStrictUpstream(secrets)
  const route = upstreamPolicy(upstream.url, options.upstream)
  const routes = options.another === undefined ? [route] : [route, { ...route, ...options.another }]
  const policy: GatewayPolicy = { ...policyOf().gateway, ...options.gateway, upstreams: routes }
  const opened = openCapacity(options, routes, clock)
  const { books, capacity } = keptBooks(opened.capacity)
  let port: number | null = null
  const gateway = createGateway({
    policy,
    capacity,
    unit: () => options.unit,
    keys: attempts,
    listening: () => true,
    held: null,
    keptPort: {
      get: () => port,
      set(chosen) {
        port = chosen
      },
    },
    clock,
    random: systemRandom(),
    logger,
  })
  const dial = (one: UpstreamPolicy) => createUndiciUpstream({ ...one, key: upstream.key })
  await gateway.apply(
    policy,
    routes.map((one) => ({ policy: one, upstream: dial(one) })),
  )
  const { url } = gateway
  if (url === null) throw new Error(gateway.complaints().join('\n'))

  function begin(): TestAttempt {
    const attempt = attempts.begin()
    secrets.push(attempt.key)
    opened.enter(attempt.taskId)
    return attempt
  }

  function finish(attempt: TestAttempt): void {
    attempts.end(attempt)
    gateway.book.doubt()
    opened.leave(attempt.taskId)
  }

  return {
    url,
    upstream,
    upstreamName,
    books,
    begin,
    finish,
    ended() {
      const attempt = begin()
      finish(attempt)
      return attempt.key
    },
    holdKeys: () => attempts.hold(),
    settled: () => books.when(() => books.waiting() === 0 && books.inFlight() === 0),
    asked: (count) => books.when(() => books.waiting() >= count),
    check() {
      const errors = logger.lines.filter(({ level }) => level === 'error').map(({ message }) => message)
      const wrongs = [...upstream.faults, ...books.wrongs(), ...errors]
      upstream.faults.length = 0
      upstream.seen.length = 0
      books.turn()
      if (wrongs.length > 0) throw new Error(wrongs.join('\n'))
    },
    async close() {
      const left = await gateway.stop(lastAnswersMs)
      opened.stop()
      await upstream.close()
      if (left > 0) throw new Error(`${left} requests were still under way`)
    },
  }
}

function upstreamPolicy(url: string, more: Partial<UpstreamPolicy> = {}): UpstreamPolicy {
  return {
    name: upstreamName,
    kind: 'http',
    dialects: ['openai', 'anthropic'],
    url,
    key: null,
    keyHeader: 'standard',
    streamUsage: 'ask',
    models: ['small-*', 'large-*'],
    maxInFlight: 64,
    connectTimeoutMs: 10_000,
    headTimeoutMs: 60_000,
    idleTimeoutMs: 60_000,
    ...more,
  }
}
