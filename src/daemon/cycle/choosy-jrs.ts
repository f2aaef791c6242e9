import type { JrName } from '../../domain/ids.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ClusterDuties } from '../../ports/cluster-duties.ts'

/** What Jrs state changes with a configuration. */
const keptMs = 10_000

/** The Jrs that state which tasks they accept; asked for now and then. */
export function createChoosyJrs(
  duties: Pick<ClusterDuties, 'acceptances'>,
  clock: Pick<Clock, 'monotonicMs'>,
): () => Promise<ReadonlySet<JrName>> {
  let kept: { names: ReadonlySet<JrName>; untilMs: number } | null = null
  return async () => {
    if (kept !== null && clock.monotonicMs() < kept.untilMs) return kept.names
    const names = new Set((await duties.acceptances()).map(({ jrName }) => jrName))
    kept = { names, untilMs: clock.monotonicMs() + keptMs }
    return names
  }
}
