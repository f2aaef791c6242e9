import { messageOf } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { OwnMemory } from '../../ports/own-memory.ts'

/** One shows who holds what, a second what grew; each is about as large as the heap. */
const kept = 2
const everyMs = 3_600_000

/** Takes heap snapshots, no more often than once an hour. */
export function createSnapshots(deps: { own: OwnMemory; clock: Clock; logger: Logger }): {
  take(): Promise<void>
} {
  const { own, clock, logger } = deps
  let dueMs = -Infinity

  return {
    async take() {
      if (clock.monotonicMs() < dueMs) return
      dueMs = clock.monotonicMs() + everyMs
      try {
        const { path, pausedMs } = await own.snapshot(kept)
        const words = `the daemon's heap was written to ${path}, which stopped everything for ${Math.round(pausedMs)} ms`
        logger.warn({ path, pausedMs: Math.round(pausedMs) }, words)
      } catch (error) {
        logger.error({}, `the daemon's heap could not be written down: ${messageOf(error)}`)
      }
    },
  }
}
