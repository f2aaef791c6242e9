import type { ShedCandidate } from '../../domain/memory/shedding.ts'
import type { WorkerState, WorkerView } from '../../domain/worker.ts'

const upStates: ReadonlySet<WorkerState> = new Set(['starting', 'running', 'backoff'])

/** The workers that we run, each with all its instances; those of systemd's units have bounds of their own. */
export function candidatesOf(views: readonly WorkerView[]): ShedCandidate[] {
  const byName = new Map<string, ShedCandidate>()
  for (const { name, priority, rssBytes, state, unit } of views) {
    if (unit !== undefined) continue
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
