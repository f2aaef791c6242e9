import type { ShedCandidate } from '../../domain/memory/shedding.ts'
import type { WorkerState, WorkerView } from '../../domain/worker.ts'

const upStates: ReadonlySet<WorkerState> = new Set(['starting', 'running', 'backoff'])

/** The workers, each with all its instances. */
export function candidatesOf(views: readonly WorkerView[]): ShedCandidate[] {
  const byName = new Map<string, ShedCandidate>()
  for (const { name, priority, rssBytes, state } of views) {
    const sofar = byName.get(name) ?? { name, priority, rssBytes: 0, isUp: false, isShed: false }
    byName.set(name, {
      ...sofar,
      rssBytes: sofar.rssBytes + (rssBytes ?? 0),
      isUp: sofar.isUp || upStates.has(state),
      isShed: sofar.isShed || state === 'disabled_by_memory',
    })
  }
  return [...byName.values()]
}
