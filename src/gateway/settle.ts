import type { CapacityPolicy } from '../config/policy.ts'
import type { CapacityGrant } from '../ports/capacity.ts'
import type { Ending } from './forward/ending.ts'
import type { Meter } from './metering/meter.ts'

export type CapacityUnit = CapacityPolicy['unit']

/**
 * Puts what was used in the place of what was reserved. What is an error of the upstream, or brought the client nothing, is
 * given back.
 */
export function settle(grant: CapacityGrant, ending: Ending, meter: Meter, unit: CapacityUnit): void {
  if (isFree(ending)) grant.refund()
  else grant.settle(usedOf(meter, unit))
}

function isFree(ending: Ending): boolean {
  if (ending.status === null || ending.status >= 400) return true
  switch (ending.kind) {
    case 'answered':
      return false
    case 'client_gone':
      return !ending.drained && ending.forwardedBytes === 0
    case 'upstream_failed':
    case 'cut':
      return ending.told || ending.forwardedBytes === 0
    default:
      return ending satisfies never
  }
}

/** Units. Where the upstream's last word on it is missing: what was seen, and never less than its first word. */
export function usedOf(meter: Meter, unit: CapacityUnit): number {
  if (unit === 'request') return 1
  const usage = meter.usage()
  if (usage?.complete === true) return usage.totalTokens
  return Math.max(usage?.totalTokens ?? 0, meter.seenTokens())
}
