import { hostname } from 'node:os'
import { systemClock } from '../adapters/clock.ts'
import { openLogger } from '../adapters/logger.ts'
import { createNotifier } from '../adapters/postgres/notifier.ts'
import { requireSchema } from '../adapters/postgres/schema-state.ts'
import { createTaskQueue } from '../adapters/postgres/task-queue.ts'
import { systemRandom } from '../adapters/random.ts'
import type { WorkOrder } from '../cli/local-services.ts'
import { loadPolicy } from '../config/load.ts'
import { instanceId, jrName, nodeId } from '../domain/ids.ts'
import { OperationalError, exitCode, type ExitCode } from '../errors.ts'
import { openLog, runWorker } from '../worker/run-worker.ts'
import { openQueue } from './open-queue.ts'
import { placeOf } from './place.ts'
import { selfPaths } from './self.ts'

/** A worker needs one connection to claim and settle on, and one beside it for renewals; more would only wait. */
const poolSize = 3
/** Under a supervisor it says when we are killed; alone, this is what spec §4 gives a worker. */
const stopGraceMs = 10_000

/** `jrctl work`: under the daemon, which names instance and node in the environment, or alone. */
export async function runWork(
  order: WorkOrder,
  configPath: string | undefined,
  process: NodeJS.Process,
): Promise<ExitCode> {
  process.umask(0o077)
  const clock = systemClock()
  const random = systemRandom()
  const { policy } = await loadPolicy({ ...placeOf(process), path: configPath })
  const { logger } = await openLogger({ level: policy.logs.level, dir: null, console: true })
  const definition = policy.workers.find(({ name }) => name === order.jrNames[0])
  const found = await openQueue({
    policy: { ...policy, queue: { ...policy.queue, poolSize } },
    env: process.env,
    onTerminal: process.stderr.isTTY,
    applicationName: `jr:${order.jrNames[0]}`,
    startEmbedded: false,
    clock,
    random,
    logger,
    note: (text) => logger.info({}, text),
  })
  const queue = createTaskQueue(found.database)
  try {
    await unlessAway(() => requireSchema(found.database))
    const code = await runWorker({
      queue,
      notifier: createNotifier(found.database, { clock, random, logger }),
      clock,
      random,
      logger,
      policy: {
        pollIntervalMs: policy.queue.pollIntervalMs,
        leaseMs: policy.queue.leaseMs,
        renewIntervalMs: policy.queue.renewIntervalMs,
        stopGraceMs: definition?.stopGraceMs ?? stopGraceMs,
      },
      identity: {
        instanceId: instanceId(process.env['JRCTL_WORKER_ID'] ?? random.hex(16)),
        nodeId: nodeId(process.env['JRCTL_NODE_ID'] ?? hostname()),
        pid: process.pid,
      },
      jrNames: [jrName(order.jrNames[0]), ...order.jrNames.slice(1).map(jrName)],
      slots: order.slots,
      acceptUnassigned: order.acceptUnassigned,
      command: ownProgram(order.command),
      env: process.env,
      log: { stdout: openLog(1), stderr: openLog(2) },
      signals: {
        subscribe(listener) {
          process.on('SIGTERM', listener).on('SIGINT', listener)
          return () => process.off('SIGTERM', listener).off('SIGINT', listener)
        },
      },
    })
    return code === 0 ? exitCode.ok : exitCode.failed
  } finally {
    await queue.close()
  }
}

/** A database that is away is waited for (spec §3); one that is there with the wrong schema is an error now. */
async function unlessAway(check: () => Promise<void>): Promise<void> {
  try {
    await check()
  } catch (error) {
    if (!(error instanceof OperationalError) || !error.retryable) throw error
  }
}

/** As in a worker's own command, the word `jrctl` in first place means this very executable. */
function ownProgram(command: WorkOrder['command']): WorkOrder['command'] {
  const [program, ...args] = command
  return program === 'jrctl' ? [selfPaths().path, ...args] : command
}
