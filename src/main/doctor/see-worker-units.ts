import type { DaemonFacts } from '../../cli/doctor/machine-facts.ts'
import type { Policy } from '../../config/policy.ts'
import { compareUnits, type UnitAgreement } from '../../domain/units/unit-agreement.ts'
import type { Origin } from '../origin.ts'
import { findWorkerUnits } from '../worker-units-found.ts'
import { runsByUnits } from './see-supervision.ts'

/**
 * The configuration as it is now, with a reload or without, against the units of workers. Null: no units run them, or those that do
 * are not of `jrctl install`.
 */
export async function seeWorkerUnits(
  policy: Pick<Policy, 'supervisor' | 'workers'>,
  daemon: DaemonFacts,
  origin: Pick<Origin, 'installed' | 'process'>,
): Promise<UnitAgreement | null> {
  const { installed, process } = origin
  if (installed?.kind !== 'joined' || !(await runsByUnits(policy, daemon, origin))) return null
  return compareUnits(policy.workers, await findWorkerUnits(installed.scope, process))
}
