import { realpath } from 'node:fs/promises'
import { stateDirOf } from '../adapters/install/state-of-process.ts'
import type { Policy } from '../config/policy.ts'
import type { LivingFleet } from '../domain/install/keep-together.ts'
import type { Origin } from './origin.ts'
import { fleetPlaces, seeFleet } from './run-install-left.ts'
import type { InstallPlace } from './run-install-place.ts'

/** What lives of the fleet that is installed here, and where its state is. */
export async function seeLiving(
  policy: Policy,
  config: string,
  place: InstallPlace,
  origin: Origin,
): Promise<LivingFleet | null> {
  if (place.before === null) return null
  const { left } = await seeFleet(await fleetPlaces(policy, config, place, origin), place)
  const workers = new Set(left.filter(({ part }) => part === 'worker').map(({ pid }) => pid))
  const pids = left
    // What is not in its unit belongs to a fleet that somebody runs by hand, and a worker may have a fleet of its own.
    .filter(({ inUnit, ppid }) => (inUnit || place.manager === null) && !workers.has(ppid))
    .map(({ pid }) => pid)
  if (pids.length === 0) return null
  const told = pids.flatMap((pid) => stateDirOf(pid) ?? [])
  return { stateDirs: [...new Set(await Promise.all(told.map(wholePath)))] }
}

/** One folder has one name, also by a link; what is not there is called as it was. */
export function wholePath(path: string): Promise<string> {
  return realpath(path).catch(() => path)
}
