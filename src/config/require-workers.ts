import { UserError } from '../errors.ts'
import { minimalWorker } from './minimal-worker.ts'
import type { LoadedPolicy } from './load.ts'

/**
 * A fleet of which nothing is said is a mistake wherever a fleet is to be run; one that is said to be empty is a node whose workers
 * lease their tasks from elsewhere. Throws UserError with a table to paste.
 */
export function requireWorkers({
  policy,
  path,
  isFleetWritten,
}: Pick<LoadedPolicy, 'policy' | 'path' | 'isFleetWritten'>): void {
  if (policy.workers.length > 0 || isFleetWritten) return
  const where =
    path === null
      ? 'no configuration file was found, and so no workers'
      : `${path}: no workers are configured`
  const place = path === null ? 'a file jrctl.toml' : 'it'
  throw new UserError(where, {
    hint: `add at least one to ${place}, or \`workers = []\` for a node that runs none; for instance:\n${minimalWorker}`,
  })
}
