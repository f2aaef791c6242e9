import type { SupervisorPolicy } from '../../config/policy.ts'
import { messageOf } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { HostedProcess, ProcessHost, SpawnSpec } from '../../ports/process-host.ts'
import { endTree } from './end-tree.ts'
import { spawnWithin } from './spawn-within.ts'

export interface StartDeps {
  host: ProcessHost
  clock: Clock
  policy: Pick<SupervisorPolicy, 'startDeadlineMs'>
  hurry: AbortSignal
  /** A process that came after its deadline is gone again, or (`failed`) could not come at all. */
  late(failed: string | null): void
}

/** Starts an instance within the deadline. Throws what the host throws; a process that comes too late is ended. */
export function startProcess(deps: StartDeps, spec: SpawnSpec): Promise<HostedProcess> {
  return spawnWithin(deps, spec, deps.policy.startDeadlineMs, (spawning) => void endLate(deps, spawning))
}

async function endLate(deps: StartDeps, spawning: Promise<HostedProcess>): Promise<void> {
  try {
    const { identity } = await spawning
    await endTree(deps, identity, 0, deps.hurry)
    deps.late(null)
  } catch (error) {
    deps.late(messageOf(error))
  }
}
