import { createSimulatedUpstream } from '../adapters/llm/simulated/simulated-upstream.ts'
import { createUndiciUpstream } from '../adapters/llm/undici-upstream.ts'
import type { Environment } from '../config/paths.ts'
import { readUpstreamKey } from '../config/upstream-key.ts'
import type { UpstreamSource } from '../daemon/gateway/gateway-part.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'

/** The LLM APIs of a configuration, by their kinds; keys come from this environment and from files. */
export function upstreamSource(env: Environment, clock: Clock, random: Random): UpstreamSource {
  return {
    keyOf: (policy) => readUpstreamKey(policy, env),
    open: (policy, key) =>
      policy.kind === 'simulated'
        ? createSimulatedUpstream({ name: policy.name, models: policy.models, clock, random })
        : createUndiciUpstream({ ...policy, key: key?.reveal() ?? null }),
  }
}
