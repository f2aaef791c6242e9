import { OperationalError } from '../../errors.ts'
import { duration } from '../../domain/duration-words.ts'
import type { Clock } from '../../ports/clock.ts'

/**
 * What `work` comes to, if it does in time. The work itself is not cut short: each of its statements has a timeout of its own,
 * and whatever it does late is fenced by the mandate.
 * @param what names it in the error, such as `looking at the queue`
 * @throws OperationalError cycle.slow
 */
export async function within<T>(
  clock: Clock,
  timeoutMs: number,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = clock.after(timeoutMs, () =>
    late.reject(
      new OperationalError(`${what} took longer than ${duration(timeoutMs)}`, {
        code: 'cycle.slow',
        retryable: true,
      }),
    ),
  )
  try {
    return await Promise.race([work(), late.promise])
  } finally {
    timer.cancel()
  }
}
