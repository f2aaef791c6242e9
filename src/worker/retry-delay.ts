import type { Random } from '../ports/random.ts'

const firstMs = 250
const longestMs = 5000

/** How long to wait before asking an absent database again: doubling to 5 s, the upper half at random (AWS "equal jitter"). */
export function retryDelayMs(failures: number, random: Random): number {
  const ceilingMs = Math.min(longestMs, firstMs * 2 ** Math.min(failures, 10))
  return ceilingMs * (0.5 + random.unit() / 2)
}
