import type { FleetBreakerView } from '../domain/breaker-view.ts'
import { safe } from '../text/fit.ts'
import { duration } from '../text/format.ts'
import type { Output } from './output.ts'

/**
 * The circuit breaker of all restarts in a line; none while nobody had to be restarted. Those of single workers are told by
 * their own reasons.
 */
export function breakerLines(
  breaker: FleetBreakerView | undefined,
  heading: string,
  output: Output,
): string[] {
  if (breaker === undefined) return []
  const { state, count, limit, windowMs, reason } = breaker
  if (state === 'closed' && count === 0) return []
  const text =
    state === 'closed'
      ? `closed · ${count} of ${limit} restarts after failures in ${duration(windowMs)}`
      : `${state === 'open' ? 'open' : 'half open'} · ${safe(reason)}`
  const style = { closed: 'dim', half_open: 'yellow', open: 'red' } as const
  return [heading + output.style(style[state], text)]
}
