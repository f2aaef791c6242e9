import type { LoopDelay, LoopDelayFigures } from '../../src/ports/loop-delay.ts'

/** An event loop that is as late as it is told to be. */
export function fakeLoopDelay(): LoopDelay & { next: LoopDelayFigures } {
  const punctual = { p99Ms: 0, maxMs: 0, cpuMs: 0 }
  const fake = {
    next: punctual,
    look() {
      const figures = fake.next
      fake.next = punctual
      return figures
    },
    stop() {},
  }
  return fake
}
