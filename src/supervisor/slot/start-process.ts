import type { SupervisorPolicy, WorkerDefinition } from '../../config/policy.ts'
import type { InstanceId } from '../../domain/ids.ts'
import { messageOf } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { HostedProcess, ProcessHost, SpawnSpec } from '../../ports/process-host.ts'
import { endTree } from './end-tree.ts'
import { spawnWithin } from './spawn-within.ts'

export interface StartDeps {
  host: ProcessHost
  clock: Clock
  policy: SupervisorPolicy
  /** Absolute. */
  logFile: string
  environment(definition: WorkerDefinition, instanceId: InstanceId): Record<string, string>
  hurry: AbortSignal
  /** A process that came after its deadline is gone again, or (`failed`) could not come at all. */
  late(id: InstanceId, failed: string | null): void
}

/** Starts an instance within the deadline. Throws what the host throws; a process that comes too late is ended. */
export function startProcess(
  deps: StartDeps,
  definition: WorkerDefinition,
  id: InstanceId,
): Promise<HostedProcess> {
  return spawnWithin(deps, specOf(deps, definition, id), deps.policy.startDeadlineMs, (late) => {
    void endLate(deps, id, late)
  })
}

function specOf(deps: StartDeps, definition: WorkerDefinition, id: InstanceId): SpawnSpec {
  const { command, cwd, limits, user } = definition
  return {
    command,
    cwd,
    env: deps.environment(definition, id),
    logFile: deps.logFile,
    // Random per spawn, as a mark has to be; and a start that a crash kept from being saved is found by it.
    mark: id,
    ...(limits === undefined ? {} : { limits }),
    ...(user === undefined ? {} : { user }),
  }
}

async function endLate(deps: StartDeps, id: InstanceId, spawning: Promise<HostedProcess>): Promise<void> {
  try {
    const { identity } = await spawning
    await endTree(deps, identity, 0, deps.hurry)
    deps.late(id, null)
  } catch (error) {
    deps.late(id, messageOf(error))
  }
}
