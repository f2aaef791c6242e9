import { isToldElsewhere } from '../domain/install/as-units.ts'
import { OperationalError } from '../errors.ts'
import type { Origin } from './origin.ts'

/**
 * Whoever starts something by hand with the configuration of an installed fleet, and may not heed where that one's state is, would
 * begin a second fleet of it in a folder of his own: two databases, and every Jr twice. Its units and its lines of cron are told
 * where they belong, and so is who names a state directory.
 * @throws OperationalError installed.unheeded
 */
export function requireOneFleet(
  { installed, process }: Pick<Origin, 'installed' | 'process'>,
  { stateDir }: { stateDir?: string | undefined } = {},
): void {
  if (installed?.kind !== 'mistrusted' || stateDir !== undefined) return
  // An account's own fleet has its state where a command of that account looks anyway.
  if (installed.scope === 'user' || isToldElsewhere(process.env, () => false)) return
  const { record, why, remedy } = installed
  throw new OperationalError(
    `${record}, which says where the installed fleet's state is, ${why}: this would begin a second fleet of its configuration`,
    {
      code: 'installed.unheeded',
      retryable: false,
      hint: `${remedy}   Or name the state that is meant: JRCTL_STATE_DIR=PATH jrctl …`,
    },
  )
}
