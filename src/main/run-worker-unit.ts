import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { launchOrder } from '../adapters/process/launch-order.ts'
import { systemRandom } from '../adapters/random.ts'
import type { UnitQuestion } from '../cli/local-services.ts'
import type { Policy, WorkerDefinition } from '../config/policy.ts'
import { resolveSelf, workerEnvironment } from '../daemon/worker-environment.ts'
import { instanceId, nodeId } from '../domain/ids.ts'
import { type ExitCode, exitCode, messageOf, OperationalError } from '../errors.ts'
import { logFileName } from '../supervisor/log-name.ts'
import { become } from './become.ts'
import { notedNodeId } from './node-id.ts'
import { openForLook } from './open-for-look.ts'
import { note, type Origin } from './origin.ts'
import { loadConfig } from './read-config.ts'
import { selfPaths } from './self.ts'
import { readUnitNote } from './unit-note.ts'
import { invocationIn } from './unit-invocation.ts'
import { whenKnown } from './unit-patience.ts'
import { workerMeant } from './worker-meant.ts'

/** What systemd tells the process that it starts, for `jrctl work` and others that speak with it; its pid stays the same. */
const serviceVariables = [
  'NOTIFY_SOCKET',
  'WATCHDOG_USEC',
  'WATCHDOG_PID',
  'SYSTEMD_EXEC_PID',
  'INVOCATION_ID',
]

/**
 * Becomes a worker of the configuration, with the environment that the daemon would give it, as the very process that systemd
 * started: signals, limits and the watchdog are then the worker's. Returns only when it could not.
 */
export async function becomeWorker(question: UnitQuestion, origin: Origin): Promise<ExitCode> {
  const { process } = origin
  const { policy, path: configPath } = await loadConfig(origin)
  const { definition, instance } = workerMeant(question, policy)
  const self = selfPaths()
  const resolved = resolveSelf(definition, self.path)
  const { database, left, gatewayUrl } = await whenKnown(async () => {
    const found = readUnitNote(policy.api)
    return {
      left: found,
      gatewayUrl: gatewayOf(policy, found?.gatewayUrl ?? null),
      database: needsDatabase(resolved, self.path) ? await databaseOf(policy, origin) : {},
    }
  }, origin)
  // One id for systemd, the queue and the daemon, so that each can say of the other's whom it means.
  const id = instanceId(invocationIn(process.env) ?? systemRandom().hex(16))
  const environment = workerEnvironment(resolved, id, {
    daemon: process.env,
    database,
    socket: policy.api.socket,
    workerSocket: policy.api.workerSocket,
    nodeId: left?.nodeId ?? nodeId(notedNodeId(policy.stateDir)),
    configPath,
    stateDir: policy.stateDir,
    self,
    gatewayUrl,
  })
  const { command, cwd, user } = resolved
  const order = await launchOrder({
    command,
    cwd,
    env: { ...environment, ...only(serviceVariables, process.env) },
    logFile: '',
    mark: id,
    ...(user === undefined ? {} : { user }),
  })
  process.chdir(cwd)
  become(order, logOf(policy, definition, instance, origin), process)
  return exitCode.failed
}

/** The connection of `jrctl work` is its own business; who speaks SQL asks for it by name. */
function needsDatabase({ command, envPass }: WorkerDefinition, self: string): boolean {
  const isWork = command[0] === self && command[1] === 'work'
  return isWork || envPass.some((name) => /^(?:DATABASE_URL$|PG)/.test(name))
}

async function databaseOf(policy: Policy, origin: Origin): Promise<Record<string, string>> {
  const opened = await openForLook('jrctl workers exec', policy, origin)
  await opened.close()
  return opened.environment
}

/** A port that is configured is known without the daemon; one that it chose it has left word of. */
function gatewayOf({ gateway }: Policy, left: string | null): string | null {
  if (!gateway.enabled || gateway.upstreams.length === 0) return null
  const { host, port } = gateway.listen
  if (port !== 0) return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  if (left !== null) return left
  throw new OperationalError(
    'nobody knows yet where the gateway listens: the daemon chooses its port at its first start',
    {
      code: 'daemon.gateway_unknown',
      retryable: true,
      hint: 'Start the daemon first (systemctl start jr-orchestrator), or name a port: [gateway] listen = "127.0.0.1:8787".',
    },
  )
}

function only(names: readonly string[], env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

/** Where `jrctl logs` and top look for it; null where it may not write there: then its output stays systemd's, in the journal. */
function logOf(policy: Policy, { name }: WorkerDefinition, instance: number, origin: Origin): string | null {
  const path = join(policy.logs.dir, logFileName(name, instance))
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    closeSync(openSync(path, 'a', 0o600))
    return path
  } catch (error) {
    note(origin, `its output goes to the journal: ${messageOf(error)}`)
    return null
  }
}
