import { join } from 'node:path'
import { systemClock } from '../adapters/clock.ts'
import { openLogger } from '../adapters/logger.ts'
import { migrate } from '../adapters/postgres/migrate.ts'
import { requireSchema, schemaState } from '../adapters/postgres/schema-state.ts'
import { createTaskQueue } from '../adapters/postgres/task-queue.ts'
import { systemRandom } from '../adapters/random.ts'
import { lockState } from '../adapters/sqlite/lock.ts'
import { openState } from '../adapters/sqlite/open-state.ts'
import { createServiceManager } from '../adapters/systemd/service-manager.ts'
import type { ConnectionQuestion } from '../config/connection.ts'
import { loadPolicy } from '../config/load.ts'
import type { Policy } from '../config/policy.ts'
import { requireWorkers } from '../config/require-workers.ts'
import { checkUpstreamKeys } from '../config/upstream-key.ts'
import { createDaemon } from '../daemon/daemon.ts'
import { askForPatience } from '../daemon/patience.ts'
import type { RunSummary } from '../daemon/run-summary.ts'
import { type ExitCode, UserError, exitCode } from '../errors.ts'
import type { TaskQueue } from '../ports/task-queue.ts'
import { checkApiToken } from './api-token.ts'
import { endDaemon, startUnlessAsked, untilAsked } from './daemon-end.ts'
import { listenForSignals } from './daemon-signals.ts'
import { diesAtVariable } from './dies-at.ts'
import { endInterruptedRestore } from './interrupted-restore.ts'
import { openQueue } from './open-queue.ts'
import { placeOf } from './place.ts'
import { daemonDeps } from './run-daemon-deps.ts'
import { takeOverFrom, tellTakenOver } from './run-daemon-successor.ts'
import { prepareSocketFolder } from './socket-folder.ts'

export interface RunDaemonOptions {
  configPath: string | undefined
  stateDir: string | undefined
  /** As of `resolveConnection`. */
  refusal?: ConnectionQuestion['refusal']
  /** Ends when no task of the queue wants anything any more. */
  untilIdle: boolean
  /** One that runs hands its state directory and its workers over. */
  takeOver?: boolean
  /** Readable log lines on stderr even when it is no terminal; `null`: none at all, for the terminal is somebody else's. */
  console: boolean | null
  /** What is made of the configuration, each time that it is read. */
  adapt?(policy: Policy): Policy
  /** SIGHUP, which a closed terminal sends, ends it instead of reading the configuration again. */
  endsWithTerminal?: boolean
  /** Something to do with the queue before the workers start. */
  prepare?(queue: TaskQueue, at: { embedded: boolean; target: string }): Promise<void>
  /** Ends the daemon when it settles, with what that is called. */
  ended?: Promise<string>
  /** Called when what is said to a person cannot be written. */
  consoleFailed?(error: Error): void
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
    throw ownedByAnother(policy.stateDir, found.ownerPid, options.takeOver !== undefined)
  let release = (): void => {}
  if (found.kind === 'held') release = () => found.release()
  const signals = listenForSignals(process, options.endsWithTerminal ?? false)
  let isMade = false
  void signals.asked.then((by) => {
    if (!isMade)
      options.note(`${by}: it ends as soon as what it has begun is whole; once more ends it at once.`)
  })
  const log = await openLogger({
    level: policy.logs.level,
    dir: policy.logs.dir,
    console: options.console === null ? null : options.console || process.stderr.isTTY,
    consoleFailed: (error) => options.consoleFailed?.(error),
  })
  const { logger } = log
  const clock = systemClock()
  const random = systemRandom()
  // Before anything is started, which would inherit its variables.
  const serviceManager = createServiceManager({ env: process.env, pid: process.pid, clock })
  const patience = askForPatience(serviceManager, clock, startMsMax)
  patience.say('Starting: the queue')
  let closeState = async () => {}
  let closeQueue = async () => {}
  let stopServer = async () => {}
  let lingered = async () => {}
  try {
    if (found.kind === 'held') {
      const ended = await endInterruptedRestore(policy.stateDir, { process, clock })
      if (ended !== null) options.note(ended)
    }
    const opened = await openQueue({
      policy,
      env: process.env,
      onTerminal: process.stderr.isTTY,
      refusal: options.refusal ?? null,
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
    if (opened.embedded && (await schemaState(opened.database)).kind !== 'current') {
      patience.say("Starting: the queue's schema is brought up to date")
      await migrate(opened.database)
    } else await requireSchema(opened.database)
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
    const idleSince = options.untilIdle ? await queue.counts() : null
    prepareSocketFolder(policy.api.socket, placeOf(process).uid)
    if (state.setAside !== null) {
      state.ledger.note({
        eventType: 'daemon.state_rebuilt',
        level: 'error',
        actor: 'daemon',
        message: `the local state was damaged and starts anew; what it held before is set aside in ${state.setAside}`,
      })
    }
    const deps = daemonDeps({
      policy,
      configPath,
      process,
      opened,
      state,
      queue,
      log,
      serviceManager,
      heldDoor: takenOver?.door ?? null,
      readPolicy: async () => {
        const again = await load()
        requireWorkers(again)
        return again.policy
      },
      clock,
      random,
    })
    const mortal = process.env[diesAtVariable] === undefined ? null : await import('./death-points.ts')
    const daemon = createDaemon(mortal?.mortalDaemon(deps, process.env) ?? deps)
    const finished = (summary: RunSummary): void => options.finished?.(summary)
    signals.attach(daemon)
    isMade = true
    lingered = () => daemon.lingered()
    // From here on the daemon ends what it was given, and leaves what its workers need.
    stopServer = async () => {}
    patience.say(`Starting ${policy.workers.length} Jrs`)
    const early = await startUnlessAsked(daemon, signals)
    // Where the configuration has no gateway any more, or another address, nobody took it.
    takenOver?.door?.close()
    patience.stop()
    if (early !== null) return await endDaemon(daemon, early, finished)
    if (takenOver !== null)
      tellTakenOver(takenOver, { clock, logger, ledger: state.ledger, note: (text) => options.note(text) })
    options.started?.()
    const end = await untilAsked(daemon, signals, idleSince, options.ended)
    return await endDaemon(daemon, end, finished)
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

/** A start that takes longer than this is none: making a database, migrating it, booting all layers. */
const startMsMax = 15 * 60_000

/** @param canTakeOver a demo cannot */
function ownedByAnother(stateDir: string, ownerPid: number | null, canTakeOver: boolean): UserError {
  const owner = ownerPid === null ? 'another daemon' : `a daemon, pid ${ownerPid},`
  return new UserError(`${owner} already owns the state directory ${stateDir}`, {
    hint: `See it with \`jrctl status\`. Stop it, ${canTakeOver ? 'have it hand over to this one (--take-over), ' : ''}or give this one another --state-dir.`,
    exit: exitCode.failed,
  })
}
