import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Nodes } from '../../ports/nodes.ts'
import { createDuty, type Duty } from '../duty.ts'

/** Nodes tell that they are there every few seconds; one that is only slow must not be left out, for it hands out its part. */
const silentMaxMs = 120_000
const countEveryMs = 10_000

/**
 * Counts the nodes among which the part of those without a key is divided, so that all nodes together never exceed the whole.
 * Nobody counts where nobody may ask without a key.
 */
export function createNodeCount(deps: {
  nodes: Pick<Nodes, 'list'>
  isNeeded(): boolean
  counted(nodes: number): void
  clock: Clock
  logger: Logger
}): Duty {
  async function run(): Promise<void> {
    if (!deps.isNeeded()) return
    const all = await deps.nodes.list()
    const there = all.filter(({ ended, lastSeenAgeMs }) => !ended && lastSeenAgeMs < silentMaxMs)
    deps.counted(Math.max(1, there.length))
  }
  return createDuty({ name: 'counting nodes', everyMs: countEveryMs, minGapMs: 1_000, run }, deps)
}
