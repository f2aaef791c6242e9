import { createLineLogger } from '../adapters/line-logger.ts'
import { createNotifier } from '../adapters/postgres/notifier.ts'
import { requireSchema } from '../adapters/postgres/schema-state.ts'
import { createTaskQueue } from '../adapters/postgres/task-queue.ts'
import { systemPipes } from '../adapters/process/pipes.ts'
import { systemRandom } from '../adapters/random.ts'
import { createServiceManager } from '../adapters/systemd/service-manager.ts'
import type { WorkOrder } from '../cli/local-services.ts'
import { instanceId, jrName } from '../domain/ids.ts'
import { OperationalError, type ExitCode } from '../errors.ts'
import { createCommandHost } from '../worker/command-process.ts'
import { openLog, runWorker } from '../worker/run-worker.ts'
import { diesAtVariable } from './dies-at.ts'
import { openQueue } from './open-queue.ts'
import { note, type Origin, noQueueMadeUp } from './origin.ts'
import { loadConfig } from './read-config.ts'
import { selfPaths } from './self.ts'
import { stopSignals } from './stop-signals.ts'
import { workerNode } from './worker-node.ts'

/** A worker that nobody supervises has no grace of its own in a configuration; the default of `stop_grace`. */
const stopGraceMs = 10_000
/** After both graces, for the last words to the queue. */
const settleMs = 15_000
/** More connections than this would only wait for one another in the database. */
const poolSizeMax = 10
/** Tasks whose results one more connection is worth. */
const slotsPerConnection = 50

/** `jrctl work`: under a daemon, which tells it who it is by its environment, or on its own. */
export async function runWork(order: WorkOrder, origin: Origin): Promise<ExitCode> {
  const { process, clock } = origin
  const { env } = process
  const { policy } = await loadConfig(origin)
  const random = systemRandom()
  const serviceManager = createServiceManager({ env, pid: process.pid, clock })
  // From the first moment, and whether or not the database answers (spec §3): an outage is waited for, it is no stall.
  const watch = serviceManager.watch(() => null)
  serviceManager.tell({ state: 'ready', status: `Serves ${order.jrNames.join(', ')}` })
  const log = { stdout: openLog(1), stderr: openLog(2) }
  const logger = createLineLogger({
    level: policy.logs.level,
    clock,
    write: (line) => void log.stderr.write(line),
  })
  const opened = await openQueue({
    policy: {
      ...policy,
      queue: { ...policy.queue, poolSize: poolSizeFor(order.slots) },
    },
    env,
    onTerminal: process.stderr.isTTY,
    refusal: noQueueMadeUp(origin),
    applicationName: `jr:${order.jrNames[0]}`,
    startEmbedded: false,
    clock,
    random,
    logger,
    note: (text) => note(origin, text),
  })
  const definition = policy.workers.find(({ name }) => name === order.jrNames[0])
  // Who states what it accepts is given work by the leader, which knows the statements of all nodes.
  const isChoosy = policy.workers.some(
    ({ name, accepts }) => accepts !== null && order.jrNames.includes(name),
  )
  let unsubscribe = (): void => {}
  try {
    await unlessAway(() => requireSchema(opened.database))
    const options: Parameters<typeof runWorker>[0] = {
      ...order,
      acceptUnassigned: order.acceptUnassigned && !isChoosy,
      command: ownProgram(order.command),
      jrNames: [jrName(order.jrNames[0]), ...order.jrNames.slice(1).map(jrName)],
      queue: createTaskQueue(opened.database, {
        retry: policy.queue.retry,
        completeBatch: policy.queue.settleBatch,
      }),
      notifier: createNotifier(opened.database, { clock, random, logger }),
      clock,
      random,
      logger,
      policy: {
        ...policy.queue,
        finishMs: policy.shutdown.finishGraceMs,
        stopGraceMs: definition?.stopGraceMs ?? stopGraceMs,
      },
      identity: {
        instanceId: instanceId(env['JRCTL_WORKER_ID'] ?? random.hex(16)),
        nodeId: await workerNode(origin, policy.stateDir),
        pid: process.pid,
      },
      env,
      log,
      host: createCommandHost(clock, systemPipes()),
      signals: stopSignals(process),
    }
    const mortal = env[diesAtVariable] === undefined ? null : await import('./death-points.ts')
    const stopMs = options.policy.finishMs + options.policy.stopGraceMs + settleMs
    unsubscribe = options.signals.subscribe(() =>
      serviceManager.tell({ state: 'stopping', extendMs: stopMs }),
    )
    const code = await runWorker(mortal?.mortalWorker(options, env) ?? options)
    return code as ExitCode
  } finally {
    unsubscribe()
    watch.stop()
    await opened.close()
  }
}

/** One connection to claim on, one for renewals beside it, one to spare, and what many slots settle on. */
function poolSizeFor(slots: number): number {
  return Math.min(poolSizeMax, 3 + Math.ceil(slots / slotsPerConnection))
}

/** A database that is away is waited for (spec §3); one that is there with the wrong schema is an error now. */
async function unlessAway(check: () => Promise<void>): Promise<void> {
  try {
    await check()
  } catch (error) {
    if (!(error instanceof OperationalError) || !error.retryable) throw error
  }
}

/** As in a worker's definition, the word `jrctl` in first place means this very executable. */
function ownProgram(command: WorkOrder['command']): WorkOrder['command'] {
  const [program, ...args] = command
  return program === 'jrctl' ? [selfPaths().path, ...args] : command
}
