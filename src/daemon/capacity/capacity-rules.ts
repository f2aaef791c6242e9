import type { Policy } from '../../config/policy.ts'
import { apiLimits } from '../../contract/routes.ts'
import type { CapacityRules } from '../../domain/capacity/rules.ts'

/**
 * One call costs no more than what all capacity of an hour is, however absurd what a worker asks for or an upstream claims: a
 * debt is paid by all who wait. It is no less than the largest bucket holds, nor than one request.
 */
const costMinutesMax = 60

function costMaxOf(baseRate: number): number {
  return Math.max(1, 2 * baseRate * costMinutesMax)
}

/** The configuration as the core's rules. `nodes`: over how many those are spread who show no key. */
export function rulesOf(
  { capacity, gateway }: Pick<Policy, 'capacity' | 'gateway'>,
  nodes: number,
): CapacityRules {
  const { mode, baseRate, burstMinutes, depth, inFlight } = capacity
  const waitingMax = gateway.maxWaiting + apiLimits.waitingAcquires
  return {
    mode,
    baseRate,
    burstMinutes,
    depth,
    inFlight,
    costMax: costMaxOf(baseRate),
    untracked: gateway.enabled && gateway.untracked === 'allow' ? nodes : 0,
    // So that one task cannot take every place in which others might wait.
    waitingPerHolderMax: Math.ceil(waitingMax / 2),
    waitingMax,
  }
}
