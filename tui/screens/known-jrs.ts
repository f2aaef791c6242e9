import type { AppState } from '../state.ts'

/** The Jrs that this screen knows of: those with workers here, and those at work anywhere. */
export function knownJrs({ status }: AppState): string[] {
  const { workers, positions } = status.view
  const atWork = positions.flatMap(({ worker }) => (worker === null ? [] : [worker]))
  return [...new Set<string>([...workers.map(({ name }) => name), ...atWork])]
}
