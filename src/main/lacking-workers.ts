import { launchOrder } from '../adapters/process/launch-order.ts'
import type { Policy } from '../config/policy.ts'
import { resolveSelf, workerEnvironment } from '../daemon/worker-environment.ts'
import { instanceId, nodeId } from '../domain/ids.ts'
import { OperationalError } from '../errors.ts'
import { selfPaths } from './self.ts'

/**
 * What the workers of a configuration lack here and now to be started: a program, a folder, an account. Warnings, for it may be
 * there when they start, or on the machine for which the file is meant.
 */
export async function lackingWorkers(policy: Policy, environment: NodeJS.ProcessEnv): Promise<string[]> {
  const self = selfPaths()
  const { socket, workerSocket } = policy.api
  const anyone = { socket, workerSocket, nodeId: nodeId('none'), configPath: null, gatewayUrl: null }
  const sources = { ...anyone, daemon: environment, database: {}, stateDir: policy.stateDir, self }
  const warnings: string[] = []
  for (const worker of policy.workers) {
    const definition = resolveSelf(worker, self.path)
    const env = workerEnvironment(definition, instanceId('0'.repeat(32)), sources)
    const { command, cwd, limits, user } = definition
    const bounds = { ...(limits === undefined ? {} : { limits }), ...(user === undefined ? {} : { user }) }
    try {
      await launchOrder({ command, cwd, env, logFile: '', mark: '0'.repeat(32), ...bounds })
    } catch (error) {
      if (!(error instanceof OperationalError)) throw error
      warnings.push(
        `the worker "${worker.name}" could not be started here: ${error.message}${error.hint === undefined ? '' : `; ${error.hint}`}`,
      )
    }
  }
  return warnings
}
