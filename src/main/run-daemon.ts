import { hostname } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../adapters/clock.ts'
import { measureLoopDelay } from '../adapters/loop-delay.ts'
import { daemonLogName, openLogger } from '../adapters/logger.ts'
import { createLogReader } from '../adapters/logs/reader.ts'
import { createLogRotator } from '../adapters/logs/rotator.ts'
import { createOwnMemory } from '../adapters/own-memory.ts'
import { createCampaigns } from '../adapters/postgres/campaigns.ts'
import { createChannelClosures } from '../adapters/postgres/channel-closures.ts'
import { createClaimHolds } from '../adapters/postgres/claim-holds.ts'
import { createClusterDuties } from '../adapters/postgres/cluster-duties.ts'
import { createCycleStore } from '../adapters/postgres/cycle-store.ts'
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
import { createReadinessProbe } from '../adapters/readiness/readiness-probe.ts'
import { lockState } from '../adapters/sqlite/lock.ts'
import { openState } from '../adapters/sqlite/open-state.ts'
import { createServiceManager } from '../adapters/systemd/service-manager.ts'
import { createApiServer } from '../api/server.ts'
import type { ShutdownWish } from '../api/services.ts'
import { loadPolicy } from '../config/load.ts'
import type { Policy } from '../config/policy.ts'
import { requireWorkers } from '../config/require-workers.ts'
import { checkUpstreamKeys } from '../config/upstream-key.ts'
import { createDaemon, type Daemon } from '../daemon/daemon.ts'
import type { DaemonDeps } from '../daemon/daemon-deps.ts'
import type { RunSummary } from '../daemon/run-summary.ts'
import type { ShutdownReport } from '../daemon/shutdown/shutdown.ts'
import { type ExitCode, type OperationalError, UserError, exitCode } from '../errors.ts'
import type { TaskQueue } from '../ports/task-queue.ts'
import { checkApiToken, obtainApiToken } from './api-token.ts'
import { alertSenders } from './alert-senders.ts'
import { type DaemonSignals, listenForSignals } from './daemon-signals.ts'
import { diesAtVariable } from './dies-at.ts'
import { nodeIdOf } from './node-id.ts'
import { openQueue } from './open-queue.ts'
import { upstreamSource } from './open-upstream.ts'
import { placeOf } from './place.ts'
import { askForPatience } from './run-daemon-patience.ts'
import { takeOverFrom, tellTakenOver } from './run-daemon-successor.ts'
import { selfPaths } from './self.ts'
import { prepareSocketFolder } from './socket-folder.ts'
import { version } from './version.ts'

export interface RunDaemonOptions {
  configPath: string | undefined
  stateDir: string | undefined
  /** Ends when no task of the queue wants anything any more. */
  untilIdle: boolean
  /** One that runs hands its state directory and its workers over. */
  takeOver?: boolean
  /** Readable log lines on stderr even when it is no terminal. */
  console: boolean
  /** What is made of the configuration, each time that it is read. */
  adapt?(policy: Policy): Policy
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
  const load = async () => {
    const found = await loadPolicy({
      ...placeOf(process),
      path: options.configPath,
      stateDirOverride: options.stateDir,
    })
    return options.adapt === undefined ? found : { ...found, policy: options.adapt(found.policy) }
  }
  const loaded = await load()
  for (const warning of loaded.warnings) options.note(`warning: ${warning}`)
  requireWorkers(loaded)
  const { policy, path: configPath } = loaded
  await checkUpstreamKeys(policy.gateway, process.env)
  await checkApiToken(policy, process.env)

  const found = lockState(policy.stateDir)
  if (found.kind === 'taken' && options.takeOver !== true)
    throw ownedByAnother(policy.stateDir, found.ownerPid)
  let release = (): void => {}
  if (found.kind === 'held') release = () => found.release()
  const signals = listenForSignals(process, options.endsWithTerminal ?? false)
  const log = await openLogger({
    level: policy.logs.level,
    dir: policy.logs.dir,
    console: options.console || process.stderr.isTTY,
  })
  const { logger } = log
  const clock = systemClock()
  const random = systemRandom()
  // Before anything is started, which would inherit its variables.
  const serviceManager = createServiceManager({ env: process.env, pid: process.pid, clock })
  const patience = askForPatience(serviceManager, clock)
  let closeState = async () => {}
  let closeQueue = async () => {}
  let stopServer = async () => {}
  let lingered = async () => {}
  try {
    const opened = await openQueue({
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
    closeQueue = () => opened.close()
    // One that ran before us may have workers of an earlier daemon at work on it: a failed boot leaves it alone.
    if (!opened.adopted) stopServer = () => opened.stopServer()
    // Our own database is nobody else's to upgrade; a shared one is upgraded when its operator says so.
    // Looked at first: migrating counts the whole queue, which a start must not.
    if (opened.embedded && (await schemaState(opened.database)).kind !== 'current')
      await migrate(opened.database)
    else await requireSchema(opened.database)
    // Only now, when it is known that we can: from here until our start nobody watches over the workers.
    const takenOver =
      found.kind === 'held'
        ? null
        : await takeOverFrom(found.ownerPid, { policy, process, clock, note: (text) => options.note(text) })
    if (takenOver !== null) release = () => takenOver.lock.release()
    const state = openState({ path: join(policy.stateDir, 'state.sqlite'), clock, logger })
    closeState = () => state.close()
    const queue = createTaskQueue(opened.database, { retry: policy.queue.retry })
    await options.prepare?.(queue, { embedded: opened.embedded, target: opened.target.describe() })
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
      nodeId: nodeIdOf(state.store, policy.stateDir, random),
      queue,
      deadLetters: { letters: createDeadLetters(opened.database), book: state.deadLetters },
      identity: createQueueIdentity(opened.database),
      insight: createQueueInsight(opened.database, policy.queue),
      attemptKeys: createAttemptKeys(opened.database),
      notifier: createNotifier(opened.database, { clock, random, logger, glanceIntervalMs }),
      cluster: {
        nodes: createNodes(opened.database),
        leadership: createLeadership(opened.database),
        duties: createClusterDuties(opened.database),
        hostname: hostname(),
      },
      cycleStore: createCycleStore(opened.database, policy.queue),
      database: {
        target: opened.target.describe(),
        embedded: opened.embedded,
        environment: opened.environment,
        revive: opened.revive,
      },
      host: createProcessHost({ runDir: join(policy.stateDir, 'run'), clock, logger }),
      probe: createReadinessProbe(clock),
      upstreams: upstreamSource(process.env, clock, random),
      heldDoor: takenOver?.door ?? null,
      alertSenderOf: alertSenders({
        env: process.env,
        clock,
        random,
        version,
        spoken: {
          where: "the daemon's log",
          say: ({ text, ...alert }) => logger.warn({ alert }, text),
        },
      }),
      store: state.store,
      health: state.health,
      claimHolds: createClaimHolds(opened.database),
      campaigns: createCampaigns(opened.database),
      closures: createChannelClosures(opened.database),
      taskRows: createTaskRows(opened.database),
      triggers: createQueueTriggers(opened.database),
      ledger: state.ledger,
      clock,
      random,
      logger,
      logFiles: {
        rotator: createLogRotator({ clock }),
        readerOf: (path) => createLogReader(path, clock),
        own: { path: join(policy.logs.dir, daemonLogName), tend: () => log.tend() },
      },
      self,
      environment: process.env,
      ownMemory: createOwnMemory(join(policy.stateDir, 'heap')),
      databaseUpkeep: {
        state: state.upkeep,
        statistics: createQueueStatistics(opened.database),
      },
      processFacts: { pid: process.pid, rssBytes: () => process.memoryUsage.rss() },
      loopDelay: measureLoopDelay(),
      serviceManager,
      createApi: (services) =>
        createApiServer({
          services,
          socketPath: policy.api.socket,
          more: {
            policy: policy.api,
            obtainToken: (api) => obtainApiToken({ api, stateDir: policy.stateDir }, process.env, random),
            uid: placeOf(process).uid,
            needsWorkerSocket: policy.workers.some(({ user }) => user !== undefined),
          },
          clock,
          logger,
        }),
      readPolicy: async () => {
        const again = await load()
        requireWorkers(again)
        return again.policy
      },
      closings: (isLeft) => [
        { name: 'the connections', deadlineMs: connectionsMs, end: () => closeQueue() },
        ...(isLeft
          ? []
          : [{ name: 'the embedded database', deadlineMs: serverMs, end: () => opened.stopServer() }]),
        { name: 'the local state', deadlineMs: stateMs, end: () => state.close() },
      ],
    }
    const mortal = process.env[diesAtVariable] === undefined ? null : await import('./death-points.ts')
    const daemon = createDaemon(mortal?.mortalDaemon(deps, process.env) ?? deps)
    signals.attach(daemon)
    lingered = () => daemon.lingered()
    // From here on the daemon ends what it was given, and leaves what its workers need.
    stopServer = async () => {}
    const early = await startUnlessAsked(daemon, signals)
    // Where the configuration has no gateway any more, or another address, nobody took it.
    takenOver?.door?.close()
    patience.stop()
    if (early !== null) return await endDaemon(daemon, early, options)
    if (takenOver !== null)
      tellTakenOver(takenOver, { clock, logger, ledger: state.ledger, note: (text) => options.note(text) })
    options.started?.()
    return await endDaemon(daemon, await untilAsked(daemon, signals, options.untilIdle), options)
  } catch (error) {
    // Boot failed: whatever was opened for it is closed again, so that the next try finds nothing in its way.
    await closeQueue()
    await stopServer()
    await closeState()
    throw error
  } finally {
    patience.stop()
    release()
    await lingered()
    await log.flush()
    signals.release()
  }
}

/** Why a daemon ends, and how. */
interface End extends ShutdownWish {
  by: string
  summary: RunSummary | null
  failure?: OperationalError
}

/** Null when it has started; else why it is to end although it has not, for a start may take its time. */
async function startUnlessAsked(daemon: Daemon, signals: DaemonSignals): Promise<End | null> {
  const started = daemon.start()
  try {
    return await Promise.race([started.then(() => null), untilAsked(daemon, signals, false)])
  } catch (error) {
    // Whom an earlier daemon started, a failed start does not end.
    const isAdopted = daemon.services.workers().some(({ adopted }) => adopted)
    await daemon.stop('a start that failed', isAdopted ? 'leave' : undefined)
    throw error
  } finally {
    // Nobody else hears how a start ends that was not waited for.
    started.catch(() => {})
  }
}

function untilAsked(daemon: Daemon, signals: DaemonSignals, untilIdle: boolean): Promise<End> {
  const ends: Promise<End>[] = [
    signals.asked.then((by) => ({ by, summary: null })),
    daemon.shutdownAsked.then((wish) => ({ ...wish, summary: null })),
    daemon.stateFailed.then((failure) => ({ by: 'the local state, which failed', summary: null, failure })),
  ]
  if (untilIdle) ends.push(daemon.idle().then((summary) => ({ by: '--until-idle', summary })))
  return Promise.race(ends)
}

async function endDaemon(
  daemon: Daemon,
  { by, summary, failure, workers, successor }: End,
  options: RunDaemonOptions,
): Promise<ExitCode> {
  if (failure !== undefined) {
    // The workers' own work is not in this file: they live on, and the next daemon adopts those it knows of.
    await daemon.stop(by, 'leave')
    throw failure
  }
  const report = await daemon.stop(by, workers, successor)
  if (summary !== null) options.finished?.(summary)
  return exitOf(report, summary)
}

/** Whatever was forced, broken, or died in the queue makes the exit code 1. */
function exitOf(report: ShutdownReport, summary: RunSummary | null): ExitCode {
  const clean = report.forced.length === 0 && report.problems.length === 0
  return clean && (summary === null || summary.failed === 0) ? exitCode.ok : exitCode.failed
}

/** How long closing may take; who is not over by then is left behind. The database has 30 s to end cleanly, and is then forced. */
const connectionsMs = 5_000
const serverMs = 45_000
const stateMs = 5_000

/** One look at a sequence, on the connection that listens anyway. */
const glanceIntervalMs = 2_000

function ownedByAnother(stateDir: string, ownerPid: number | null): UserError {
  const owner = ownerPid === null ? 'another daemon' : `a daemon, pid ${ownerPid},`
  return new UserError(`${owner} already owns the state directory ${stateDir}`, {
    hint: 'See it with `jrctl status`. Stop it, have it hand over to this one (--take-over), or give this one another --state-dir.',
    exit: exitCode.failed,
  })
}
