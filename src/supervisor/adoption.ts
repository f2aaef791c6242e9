import type { Logger } from '../ports/logger.ts'
import { messageOf } from '../errors.ts'
import type { HostedProcess, ProcessHost, ProcessIdentity } from '../ports/process-host.ts'
import type { StateStore, StoredWorker } from '../ports/state-store.ts'

/**
 * What became of a place that an earlier daemon knew: its process lives, or ended with an exit learned from its file, or
 * there was none (hosted null).
 */
export interface Found {
  stored: StoredWorker
  hosted: HostedProcess | null
  living: boolean
}

/**
 * Looks for every process that the store knows of, and for those that a crash kept from being written down. The living come
 * first: where the next process was started before its predecessor's tree was gone, the place is the living one's.
 */
export async function findEarlier(deps: {
  host: ProcessHost
  store: StateStore
  logger: Logger
}): Promise<Found[]> {
  const found = await Promise.all(deps.store.workers().map((stored) => findOne(deps, stored)))
  return found.filter((one) => one !== null).sort((one, other) => Number(other.living) - Number(one.living))
}

async function findOne(
  { host, logger }: { host: ProcessHost; logger: Logger },
  stored: StoredWorker,
): Promise<Found | null> {
  try {
    const identity = stored.identity ?? (await findIntended(host, stored))
    if (identity === null) return { stored, hosted: null, living: false }
    const adoption = await host.adopt(identity)
    if (adoption.kind === 'alive') return { stored, hosted: adoption.process, living: true }
    return { stored, hosted: { identity, exited: Promise.resolve(adoption.exit) }, living: false }
  } catch (error) {
    // It keeps its row, so that the next daemon may try again.
    logger.error(
      { worker: stored.name, error: messageOf(error) },
      `cannot tell what became of ${stored.name}, pid ${stored.identity?.pid}: ${messageOf(error)}`,
    )
    return null
  }
}

/** A start whose intent is on disk but whose process is not: the mark (its instance id) tells whether there is one. */
async function findIntended(host: ProcessHost, stored: StoredWorker): Promise<ProcessIdentity | null> {
  return stored.state === 'starting' ? await host.find(stored.instanceId) : null
}
