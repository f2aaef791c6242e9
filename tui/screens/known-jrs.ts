import type { AppState } from '../state.ts'

/** The Jrs that this screen knows of: those with workers here, those at work anywhere, and those that are waited for in vain. */
export function knownJrs({ status }: AppState): string[] {
  const { workers, positions, cluster } = status.view
  const atWork = positions.flatMap(({ worker }) => (worker === null ? [] : [worker]))
  const unseen = (cluster?.unseen ?? []).map(({ jr }) => jr)
  return [...new Set<string>([...workers.map(({ name }) => name), ...atWork, ...unseen])]
}
