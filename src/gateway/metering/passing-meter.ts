import type { Meter } from './meter.ts'

/** Of what costs nothing: everything passes, nothing is read. */
export const passingMeter: Meter = {
  head: () => ({ shortens: false }),
  push: (chunk) => chunk,
  end: () => null,
  usage: () => null,
  seenTokens: () => 0,
}
