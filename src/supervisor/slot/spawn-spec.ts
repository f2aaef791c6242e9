import type { WorkerDefinition } from '../../config/policy.ts'
import type { InstanceId } from '../../domain/ids.ts'
import type { SpawnSpec } from '../../ports/process-host.ts'

/** What a process of this worker is started from. */
export function spawnSpec(
  { command, cwd, limits, user }: WorkerDefinition,
  id: InstanceId,
  { env, logFile }: { env: Record<string, string>; logFile: string },
): SpawnSpec {
  return {
    command,
    cwd,
    env,
    logFile,
    // Random per spawn, as a mark has to be; and a start that a crash kept from being saved is found by it.
    mark: id,
    ...(limits === undefined ? {} : { limits }),
    ...(user === undefined ? {} : { user }),
  }
}
