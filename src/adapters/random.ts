import { randomBytes } from 'node:crypto'
import type { Random } from '../ports/random.ts'

/** The operating system's randomness; `unit` is for jitter alone and needs no strength. */
export function systemRandom(): Random {
  return {
    unit: () => Math.random(),
    hex: (count) => randomBytes(count).toString('hex'),
  }
}
