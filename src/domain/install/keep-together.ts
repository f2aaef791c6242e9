import type { Scope } from './layout.ts'
import type { Refusal } from './step.ts'

/** What of the fleet is alive, whether or not its daemon is. */
export interface LivingFleet {
  /** The state directories that its processes work with; one, as a rule. */
  stateDirs: readonly string[]
}

export interface FleetHome {
  scope: Scope
  /** Whom it runs as. */
  account: string
  stateDir: string
}

/**
 * A fleet that lives changes neither its account nor its state directory: what the old daemon leaves, its workers and its database, the
 * next one could not adopt, for it may not touch it or does not know of it. Both would be at work.
 */
export function planKeepTogether(
  { scope, account, stateDir }: FleetHome,
  living: LivingFleet | null,
  before: string | null,
): Refusal[] {
  if (living === null) return []
  const hint = 'End it first; its configuration and its state stay: jrctl uninstall   Then run this again.'
  const elsewhere = living.stateDirs.find((path) => path !== stateDir)
  if (elsewhere !== undefined)
    return [
      {
        message: `the fleet is at work with the state in ${elsewhere}, and the configuration says ${stateDir}: the new daemon would know nothing of what the old one leaves`,
        hint: `${hint} To take the state along, move the folder meanwhile.`,
      },
    ]
  if (scope === 'system' && before !== null && before !== account)
    return [
      {
        message: `the fleet is at work as ${before}: ${account} could not go on with its workers and its database`,
        hint,
      },
    ]
  return []
}
