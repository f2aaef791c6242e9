import type { Policy, UpstreamPolicy } from '../config/policy.ts'

/** The model of the demo's own LLM. */
export const simulatedModel = 'simulated'

/**
 * Requests a minute for position 1. The whole, twice this, is about what four Jrs on two cores ask for: shares decide who waits
 * and who is lent what, and the run takes hardly longer for it.
 */
const demoBaseRate = 600
/** Hardly any: saved-up capacity would let everybody through at once, and there would be no order to see. */
const demoBurstMinutes = 0.01
/** Answers at the same time: fewer than the Jrs at work ask for, as with an LLM of one's own. */
const demoPlaces = 2

/**
 * The policy that the demo runs on: an LLM that is simulated, in the daemon, with a rate that suits it, unless the
 * configuration names upstreams (or wants no gateway): then nothing is changed.
 */
export function demoPolicy(policy: Policy): Policy {
  const { gateway, capacity } = policy
  if (!gateway.enabled || gateway.upstreams.length > 0) return policy
  return {
    ...policy,
    gateway: { ...gateway, upstreams: [simulated] },
    capacity: { ...capacity, unit: 'request', baseRate: demoBaseRate, burstMinutes: demoBurstMinutes },
  }
}

/**
 * Which model the sample reports ask for. Of upstreams that the configuration names, the first model that is called by its
 * whole name; null: none is, and the samples ask nobody.
 */
export function demoModel({ gateway }: Pick<Policy, 'gateway'>): string | null {
  if (!gateway.enabled) return null
  const named = gateway.upstreams
    .filter(({ dialects }) => dialects.includes('openai'))
    .flatMap(({ models }) => models)
  const whole = named.find((model) => !model.includes('*'))
  return whole ?? (named.length > 0 && isSimulated({ gateway }) ? simulatedModel : null)
}

/** Whether nobody is asked in truth. */
export function isSimulated({ gateway }: Pick<Policy, 'gateway'>): boolean {
  return gateway.upstreams.every(({ kind }) => kind === 'simulated')
}

const simulated: UpstreamPolicy = {
  name: 'simulated',
  kind: 'simulated',
  dialects: ['openai', 'anthropic'],
  url: '',
  key: null,
  keyHeader: 'standard',
  streamUsage: 'ask',
  models: ['*'],
  maxInFlight: demoPlaces,
  connectTimeoutMs: 10_000,
  headTimeoutMs: 600_000,
  idleTimeoutMs: 120_000,
}
