import { agreeingCommand, disagreements, type UnitAgreement } from '../../domain/units/unit-agreement.ts'
import { count } from '../../text/format.ts'
import { note, ok, warn, type Check } from './check.ts'

const name = 'service.workers'

/** Do the units that run the workers match the configuration? A reload makes and ends none. Null: no units run them. */
export function judgeWorkerUnits(agreement: UnitAgreement | null): Check[] {
  if (agreement === null) return []
  const { idle, wanted } = agreement
  const checks = [
    ...disagreements(agreement).map((words) => warn(name, words, `Bring them together: ${agreeingCommand}`)),
    ...idleOf(idle),
  ]
  if (checks.length > 0) return checks
  return [ok(name, `systemd has ${count(wanted.length, 'unit')} of workers, as the configuration has them`)]
}

/** `jrctl workers pause` proposes just this: it may be meant. */
function idleOf(idle: readonly string[]): Check[] {
  if (idle.length === 0) return []
  return [
    note(
      name,
      `units of workers that neither run nor are enabled: ${idle.join(', ')}`,
      `Where that is not meant: ${agreeingCommand}`,
    ),
  ]
}
