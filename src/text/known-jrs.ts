import type { StatusView } from '../contract/views.ts'

/** The Jrs that a daemon knows of: those with workers there, those at work anywhere, and those that are waited for in vain. */
export function knownJrs({ workers, positions, cluster }: StatusView): string[] {
  const atWork = positions.flatMap(({ worker }) => (worker === null ? [] : [worker]))
  const unseen = (cluster?.unseen ?? []).map(({ jr }) => jr)
  return [...new Set<string>([...workers.map(({ name }) => name), ...atWork, ...unseen])]
}
