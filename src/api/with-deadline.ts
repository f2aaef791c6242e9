import type { Clock } from '../ports/clock.ts'
import { Refusal } from './refusal.ts'

/** The answer, or a Refusal (504) after so long; `tooLate` is then aborted, so that whoever works on it can stop. */
export function withDeadline<T>(
  answer: Promise<T>,
  clock: Clock,
  timeoutMs: number,
  tooLate: AbortController,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => {
      tooLate.abort()
      reject(new Refusal(504, 'daemon.slow', `The daemon found no answer within ${timeoutMs} ms`))
    }
    const timer = clock.after(timeoutMs, late)
    answer.then(resolve, reject).finally(() => timer.cancel())
  })
}
