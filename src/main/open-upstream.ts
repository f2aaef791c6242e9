import type { Environment } from '../config/paths.ts'
import { readUpstreamKey } from '../config/upstream-key.ts'
import type { UpstreamSource } from '../daemon/gateway/gateway-part.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'

/**
 * The LLM APIs of a configuration, by their kinds; keys come from this environment and from files. Their adapters are loaded
 * when there is one of the kind: an HTTP client costs a daemon without LLM some 15 MB.
 */
export function upstreamSource(env: Environment, clock: Clock, random: Random): UpstreamSource {
  return {
    keyOf: (policy) => readUpstreamKey(policy, env),
    async open(policy, key) {
      if (policy.kind === 'simulated') {
        const { createSimulatedUpstream } = await import('../adapters/llm/simulated/simulated-upstream.ts')
        return createSimulatedUpstream({ name: policy.name, models: policy.models, clock, random })
      }
      const { createUndiciUpstream } = await import('../adapters/llm/undici-upstream.ts')
      return createUndiciUpstream({ ...policy, key: key?.reveal() ?? null })
    },
  }
}
