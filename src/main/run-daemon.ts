import { hostname } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../adapters/clock.ts'
import { openLogger } from '../adapters/logger.ts'
import { createOwnMemory } from '../adapters/own-memory.ts'
import { createClaimHolds } from '../adapters/postgres/claim-holds.ts'
import { createClusterDuties } from '../adapters/postgres/cluster-duties.ts'
import { createLeadership } from '../adapters/postgres/leadership.ts'
import { migrate } from '../adapters/postgres/migrate.ts'
import { createNodes } from '../adapters/postgres/nodes.ts'
import { createDeadLetters } from '../adapters/postgres/dead-letters.ts'
import { createNotifier } from '../adapters/postgres/notifier.ts'
import { createAttemptKeys } from '../adapters/postgres/attempt-keys.ts'
import { createQueueIdentity } from '../adapters/postgres/queue-identity.ts'
import { createQueueInsight } from '../adapters/postgres/queue-insight.ts'
import { createQueueStatistics } from '../adapters/postgres/queue-statistics.ts'
import { createQueueTriggers } from '../adapters/postgres/queue-triggers.ts'
import { requireSchema, schemaState } from '../adapters/postgres/schema-state.ts'
import { createTaskQueue } from '../adapters/postgres/task-queue.ts'
import { createTaskRows } from '../adapters/postgres/task-rows.ts'
import { createProcessHost } from '../adapters/process/process-host.ts'
import { systemRandom } from '../adapters/random.ts'
import { lockState } from '../adapters/sqlite/lock.ts'
import { openState } from '../adapters/sqlite/open-state.ts'
import { createApiServer } from '../api/server.ts'
import { loadPolicy } from '../config/load.ts'
import { requireWorkers } from '../config/require-workers.ts'
import { createDaemon, type Daemon } from '../daemon/daemon.ts'
import type { DaemonDeps } from '../daemon/daemon-deps.ts'
import type { RunSummary } from '../daemon/run-summary.ts'
import type { ShutdownReport } from '../daemon/shutdown.ts'
import { type NodeId, nodeId } from '../domain/ids.ts'
import { type ExitCode, type OperationalError, UserError, exitCode } from '../errors.ts'
import type { Random } from '../ports/random.ts'
import type { StateStore } from '../ports/state-store.ts'
import type { TaskQueue } from '../ports/task-queue.ts'
import { type DaemonSignals, listenForSignals } from './daemon-signals.ts'
import { diesAtVariable } from './dies-at.ts'
import { openQueue } from './open-queue.ts'
import { placeOf } from './place.ts'
import { selfPaths } from './self.ts'
import { prepareSocketFolder } from './socket-folder.ts'
import { version } from './version.ts'

export interface RunDaemonOptions {
  configPath: string | undefined
  stateDir: string | undefined
  /** Ends when no task of the queue wants anything any more. */
  untilIdle: boolean
  /** Readable log lines on stderr even when it is no terminal. */
  console: boolean
  /** SIGHUP, which a closed terminal sends, ends it instead of reading the configuration again. */
  endsWithTerminal?: boolean
  /** Something to do with the queue before the workers start. */
  prepare?(queue: TaskQueue, at: { embedded: boolean; target: string }): Promise<void>
  /** Told once everything runs. */
  started?(): void
  /** Told when the queue was done (`untilIdle`). */
  finished?(summary: RunSummary): void
  note(text: string): void
}

/** Runs the daemon in the foreground until a signal, the API, or an idle queue ends it. */
export async function runDaemon(options: RunDaemonOptions, process: NodeJS.Process): Promise<ExitCode> {
  // Nothing that the daemon or a worker writes is for other users' eyes.
  process.umask(0o077)
  const load = () =>
    loadPolicy({ ...placeOf(process), path: options.configPath, stateDirOverride: options.stateDir })
  const loaded = await load()
  for (const warning of loaded.warnings) options.note(`warning: ${warning}`)
  requireWorkers(loaded)
  const { policy, path: configPath } = loaded

  const lock = lockState(policy.stateDir)
  if (lock.kind === 'taken') throw ownedByAnother(policy.stateDir, lock.ownerPid)
  const signals = listenForSignals(process, options.endsWithTerminal ?? false)
  const log = await openLogger({
    level: policy.logs.level,
    dir: policy.logs.dir,
    console: options.console || process.stderr.isTTY,
  })
  const { logger } = log
  const clock = systemClock()
  const random = systemRandom()
  const state = openState({ path: join(policy.stateDir, 'state.sqlite'), clock, logger })
  let closeQueue = async () => {}
  let stopServer = async () => {}
  try {
    const found = await openQueue({
      policy,
      env: process.env,
      onTerminal: process.stderr.isTTY,
      applicationName: 'jrctl daemon',
      startEmbedded: true,
      clock,
      random,
      logger,
      note: (text) => options.note(text),
    })
    closeQueue = () => found.close()
    // One that ran before us may have workers of an earlier daemon at work on it: a failed boot leaves it alone.
    if (!found.adopted) stopServer = () => found.stopServer()
    // Our own database is nobody else's to upgrade; a shared one is upgraded when its operator says so.
    // Looked at first: migrating counts the whole queue, which a start must not.
    if (found.embedded && (await schemaState(found.database)).kind !== 'current')
      await migrate(found.database)
    else await requireSchema(found.database)
    const queue = createTaskQueue(found.database, { retry: policy.queue.retry })
    await options.prepare?.(queue, { embedded: found.embedded, target: found.target.describe() })
    const self = selfPaths()
    prepareSocketFolder(policy.api.socket, placeOf(process).uid)
    if (state.setAside !== null) {
      state.ledger.note({
        eventType: 'daemon.state_rebuilt',
        level: 'error',
        actor: 'daemon',
        message: `the local state was damaged and starts anew; what it held before is set aside in ${state.setAside}`,
      })
    }
    const deps: DaemonDeps = {
      policy,
      configPath,
      version,
      nodeId: nodeIdOf(state.store, random),
      queue,
      deadLetters: { letters: createDeadLetters(found.database), book: state.deadLetters },
      identity: createQueueIdentity(found.database),
      insight: createQueueInsight(found.database, policy.queue),
      attemptKeys: createAttemptKeys(found.database),
      notifier: createNotifier(found.database, { clock, random, logger, glanceIntervalMs }),
      cluster: {
        nodes: createNodes(found.database),
        leadership: createLeadership(found.database),
        duties: createClusterDuties(found.database),
        hostname: hostname(),
      },
      database: {
        target: found.target.describe(),
        embedded: found.embedded,
        environment: found.environment,
        revive: found.revive,
      },
      host: createProcessHost({ runDir: join(policy.stateDir, 'run'), clock, logger }),
      store: state.store,
      health: state.health,
      claimHolds: createClaimHolds(found.database),
      taskRows: createTaskRows(found.database),
      triggers: createQueueTriggers(found.database),
      ledger: state.ledger,
      clock,
      random,
      logger,
      self,
      environment: process.env,
      ownMemory: createOwnMemory(join(policy.stateDir, 'heap')),
      databaseUpkeep: {
        state: state.upkeep,
        statistics: createQueueStatistics(found.database),
      },
      processFacts: { pid: process.pid, rssBytes: () => process.memoryUsage.rss() },
      createApi: (services) => createApiServer({ services, socketPath: policy.api.socket, clock, logger }),
      readPolicy: async () => {
        const again = await load()
        requireWorkers(again)
        return again.policy
      },
      async close(workersLeft) {
        await closeQueue()
        if (!workersLeft) await found.stopServer()
        await state.close()
      },
    }
    const mortal = process.env[diesAtVariable] === undefined ? null : await import('./death-points.ts')
    const daemon = createDaemon(mortal?.mortalDaemon(deps, process.env) ?? deps)
    try {
      await daemon.start()
    } catch (error) {
      await daemon.stop('a start that failed')
      throw error
    }
    signals.attach(daemon)
    // From here on the daemon ends what it was given, and leaves what its workers need.
    stopServer = async () => {}
    options.started?.()
    return await untilEnded(daemon, signals, options)
  } catch (error) {
    // Boot failed: whatever was opened for it is closed again, so that the next try finds nothing in its way.
    await closeQueue()
    await stopServer()
    await state.close()
    throw error
  } finally {
    await log.flush()
    signals.release()
    lock.release()
  }
}

async function untilEnded(
  daemon: Daemon,
  signals: DaemonSignals,
  options: RunDaemonOptions,
): Promise<ExitCode> {
  const ends: Promise<{ by: string; summary: RunSummary | null; failure?: OperationalError }>[] = [
    signals.asked.then((by) => ({ by, summary: null })),
    daemon.shutdownAsked.then((by) => ({ by, summary: null })),
    daemon.stateFailed.then((failure) => ({ by: 'the local state, which failed', summary: null, failure })),
  ]
  if (options.untilIdle) ends.push(daemon.idle().then((summary) => ({ by: '--until-idle', summary })))
  const { by, summary, failure } = await Promise.race(ends)
  if (failure !== undefined) {
    // The workers' own work is not in this file: they live on, and the next daemon adopts those it knows of.
    await daemon.stop(by, 'leave')
    throw failure
  }
  const report = await daemon.stop(by)
  if (summary !== null) options.finished?.(summary)
  return exitOf(report, summary)
}

/** Whatever was forced, broken, or died in the queue makes the exit code 1. */
function exitOf(report: ShutdownReport, summary: RunSummary | null): ExitCode {
  const clean = report.forced.length === 0 && report.problems.length === 0
  return clean && (summary === null || summary.failed === 0) ? exitCode.ok : exitCode.failed
}

/** One look at a sequence, on the connection that listens anyway. */
const glanceIntervalMs = 2_000

const nodeIdKey = 'node.id'

/** Stable for as long as the state directory lives. */
function nodeIdOf(store: StateStore, random: Random): NodeId {
  const known = store.get(nodeIdKey)
  if (typeof known === 'string') return nodeId(known)
  const made = `${hostname()}-${random.hex(4)}`
  store.put(nodeIdKey, made)
  return nodeId(made)
}

function ownedByAnother(stateDir: string, ownerPid: number | null): UserError {
  const owner = ownerPid === null ? 'another daemon' : `a daemon, pid ${ownerPid},`
  return new UserError(`${owner} already owns the state directory ${stateDir}`, {
    hint: 'See it with `jrctl status`, stop it, or give this one another --state-dir.',
    exit: exitCode.failed,
  })
}
