import type { JrName } from '../../domain/ids.ts'
import type { Clock } from '../../ports/clock.ts'

/** Something that is to end: a worker's slots. */
export interface Ending {
  name: JrName
  dependsOn: readonly string[]
  /** Asks it to end; `leftMs` is what is left of the time for running work. Settles when nothing of it is left. */
  end(leftMs: number): Promise<void>
}

/**
 * Ends workers so that who is needed outlives those who need it: each is asked when its dependents are gone, all others at the
 * same time. The time for running work is one for all of them, so that the whole takes no longer than without an order: once
 * it is over, or `hurry` is aborted, everybody who is left is asked at once.
 */
export async function endInOrder(
  endings: readonly Ending[],
  { clock, graceMs, hurry }: { clock: Clock; graceMs: number; hurry: AbortSignal },
): Promise<void> {
  const endMs = clock.monotonicMs() + graceMs
  const all = new AbortController()
  const over = clock.sleep(graceMs, AbortSignal.any([all.signal, hurry])).catch(() => {})
  const ended = new Map<string, Promise<void>>()
  const dependents = dependentsOf(endings)
  const endOf = (ending: Ending): Promise<void> => {
    const known = ended.get(ending.name)
    if (known !== undefined) return known
    const needing = (dependents.get(ending.name) ?? []).filter(({ name }) => name !== ending.name)
    const end = (): Promise<void> => ending.end(Math.max(0, endMs - clock.monotonicMs()))
    // In its place before its dependents are asked for: a circle, which no configuration has, would wait until all is over.
    const gone = Promise.withResolvers<void>()
    ended.set(ending.name, gone.promise)
    const before = needing.map(endOf)
    const turn =
      before.length === 0 || graceMs === 0 ? end() : Promise.race([Promise.all(before), over]).then(end)
    turn.then(gone.resolve, gone.reject)
    return gone.promise
  }
  try {
    await Promise.all(endings.map(endOf))
  } finally {
    all.abort()
  }
}

function dependentsOf(endings: readonly Ending[]): Map<string, Ending[]> {
  const dependents = new Map<string, Ending[]>()
  for (const ending of endings) {
    for (const name of ending.dependsOn) dependents.set(name, [...(dependents.get(name) ?? []), ending])
  }
  return dependents
}
