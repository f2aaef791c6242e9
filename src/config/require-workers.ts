import { UserError } from '../errors.ts'
import { minimalWorker } from './minimal-worker.ts'
import type { LoadedPolicy } from './load.ts'

/** A fleet without workers is a mistake wherever a fleet is to be run. Throws UserError with a table to paste. */
export function requireWorkers({ policy, path }: Pick<LoadedPolicy, 'policy' | 'path'>): void {
  if (policy.workers.length > 0) return
  const where =
    path === null
      ? 'no configuration file was found, and so no workers'
      : `${path}: no workers are configured`
  const place = path === null ? 'a file jrctl.toml' : 'it'
  throw new UserError(where, { hint: `add at least one to ${place}, for instance:\n${minimalWorker}` })
}
