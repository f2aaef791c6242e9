import { safe } from '../../../src/text/fit.ts'
import { duration, moment } from '../../../src/text/format.ts'
import type { Line, Role } from '../../line.ts'
import type { AppState } from '../../state.ts'

const roles = { closed: 'dim', half_open: 'warn', open: 'bad' } as const satisfies Record<string, Role>

/** The circuit breaker of all restarts, in words; null while nobody had to be restarted. */
export function breakerLine({ status }: AppState): Line | null {
  const { breaker } = status.view
  if (breaker === undefined) return null
  const { state, count, limit, windowMs, reason, probeAt } = breaker
  if (state === 'closed' && count === 0) return null
  const role = roles[state]
  if (state === 'closed')
    return [{ text: `  ${count} of ${limit} restarts after failures in ${duration(windowMs)}`, role }]
  const probe = probeAt === null ? '' : `; one is tried ${moment(probeAt, status.at.wallMs)}`
  const what = state === 'open' ? 'nobody is restarted' : 'one is tried'
  return [{ text: `  Restarts are held, ${what}: ${safe(reason)}${probe}`, role }]
}
