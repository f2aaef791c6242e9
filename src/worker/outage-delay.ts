import { type Backoff, backoffDelayMs } from '../domain/backoff.ts'
import type { Random } from '../ports/random.ts'

const backoff: Backoff = { initialMs: 250, maxMs: 5000, jitter: 0.5 }

/** How long to wait before asking an absent database again, after so many failures (from 0). */
export function outageDelayMs(failures: number, random: Random): number {
  return backoffDelayMs(failures + 1, backoff, random.unit())
}
