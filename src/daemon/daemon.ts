import type { Policy, WorkerDefinition } from '../config/policy.ts'
import type { DaemonServices, ReloadVerdict, ServiceChange } from '../api/services.ts'
import type { InstanceId, JrName, NodeId } from '../domain/ids.ts'
import { messageOf } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Ledger } from '../ports/ledger.ts'
import type { Logger } from '../ports/logger.ts'
import type { Notifier } from '../ports/notifier.ts'
import type { ProcessHost } from '../ports/process-host.ts'
import type { Random } from '../ports/random.ts'
import type { Service } from '../ports/service.ts'
import type { StateStore } from '../ports/state-store.ts'
import type { TaskQueue } from '../ports/task-queue.ts'
import { createSupervisor } from '../supervisor/create-supervisor.ts'
import { createDatabaseWatch } from './database-watch.ts'
import { createDeathWatch } from './death-watch.ts'
import { createHeartbeatWatch } from './heartbeat-watch.ts'
import { createIdleWatch } from './idle-watch.ts'
import type { RunSummary } from './run-summary.ts'
import { createLedgerProjection, waitsForTime } from './ledger-projection.ts'
import { createPositionBoard } from './position-board.ts'
import { changedParts } from './reload.ts'
import { createRevival } from './revival.ts'
import { type ShutdownReport, shutDown } from './shutdown.ts'
import { createStatus } from './status.ts'
import { createUpkeep } from './upkeep.ts'
import { makeUrgent } from './urgent.ts'
import { boundToDatabase, resolveSelf, workerEnvironment } from './worker-environment.ts'

/** Everything the daemon is made of, already open; it starts and ends them. */
export interface DaemonDeps {
  policy: Policy
  configPath: string | null
  version: string
  nodeId: NodeId
  queue: TaskQueue
  notifier: Notifier
  /** Shown, never a secret. */
  database: {
    target: string
    embedded: boolean
    environment: Record<string, string>
    /** Adopts or starts the database again; null when it is not ours to start. */
    revive: (() => Promise<void>) | null
  }
  host: ProcessHost
  store: StateStore
  ledger: Ledger
  clock: Clock
  random: Random
  logger: Logger
  /** The jrctl executable that workers named `jrctl …` run, and its folder. */
  self: { path: string; binDir: string }
  environment: NodeJS.ProcessEnv
  processFacts: { pid: number; rssBytes(): number }
  createApi(services: DaemonServices): Service
  /** Reads the configuration again; throws ConfigError. */
  readPolicy(): Promise<Policy>
  /** Closes what was opened for us: connections, the embedded database (unless workers were left running), SQLite. */
  close(workersLeft: boolean): Promise<void>
}

export interface Daemon {
  /** Boots; settles when workers are started and the API answers. */
  start(): Promise<void>
  /** Settles when no task of the queue wants anything any more. */
  idle(): Promise<RunSummary>
  /** Six steps. A second call hurries the first. */
  stop(by: string): Promise<ShutdownReport>
  reload(by: string): Promise<ReloadVerdict>
  /** Settles when somebody asked over the API to shut down. */
  shutdownAsked: Promise<string>
  services: DaemonServices
}

/** Composes supervisor, duties and API over the ports. */
export function createDaemon(deps: DaemonDeps): Daemon {
  const { queue, notifier, clock, ledger, logger, store } = deps
  let { policy } = deps
  let phase: 'starting' | 'running' | 'draining' | 'stopping' = 'starting'
  let stopping: Promise<ShutdownReport> | undefined
  const startedMs = clock.monotonicMs()
  const shutdownAsked = Promise.withResolvers<string>()
  const listeners = new Set<(change: ServiceChange) => void>()
  const tell = (change: ServiceChange) => {
    for (const listener of listeners) listener(change)
  }

  const database = createDatabaseWatch({
    ledger,
    logger,
    target: deps.database.target,
    lost: () => revival.wake(),
  })
  const revival = createRevival({ database, revive: deps.database.revive, clock, logger })
  const board = createPositionBoard({
    queue,
    store,
    ledger,
    policy: policy.capacity,
    database,
    clock,
    logger,
  })
  const upkeep = createUpkeep({ queue, policy: policy.queue, database, ledger, clock, logger })
  const projection = createLedgerProjection({
    feed: queue,
    ledger,
    store,
    database,
    clock,
    logger,
    // A task that waits for a time may be due before the one that upkeep's timer is set for.
    seen: (events) => events.some(waitsForTime) && upkeep.ready.wake(),
  })
  const deaths = createDeathWatch({ queue, ledger, database, clock, logger })
  const supervisor = createSupervisor({
    host: deps.host,
    store,
    ledger,
    clock,
    random: deps.random,
    logger: logger.child({ part: 'supervisor' }),
    policy: policy.supervisor,
    logsDir: policy.logs.dir,
    definitions: definitionsOf(policy),
    environment: environmentOf,
    onDeath: (instance, name, cause) => deaths.died(instance, name, cause),
  })
  const heartbeats = createHeartbeatWatch({ queue, supervisor, database, clock, logger })
  const idleWatch = createIdleWatch({ queue, database, clock, logger })
  const services = createServices()
  const api = deps.createApi(services)

  function definitionsOf(from: Policy): WorkerDefinition[] {
    return from.workers.map((definition) =>
      boundToDatabase(resolveSelf(definition, deps.self.path), deps.database.environment, deps.self.path),
    )
  }

  function environmentOf(definition: WorkerDefinition, instance: InstanceId): Record<string, string> {
    return workerEnvironment(definition, instance, {
      daemon: deps.environment,
      database: deps.database.environment,
      socket: policy.api.socket,
      nodeId: deps.nodeId,
      configPath: deps.configPath,
      stateDir: policy.stateDir,
      self: deps.self,
    })
  }

  function listen(): void {
    notifier.subscribe((notice) => {
      if (notice.kind !== 'work') projection.wake()
      if (notice.kind === 'changed' || notice.kind === 'connected') {
        board.wake()
        idleWatch.wake()
      }
      tell(notice)
    })
    board.subscribe(() => tell({ kind: 'positions' }))
    supervisor.subscribe(() => tell({ kind: 'workers' }))
  }

  async function start(): Promise<void> {
    await ledger.append({
      eventType: 'daemon.started',
      level: 'info',
      actor: 'daemon',
      message: `jrctl ${deps.version} started, pid ${deps.processFacts.pid}`,
      data: { node: deps.nodeId, config: deps.configPath, database: deps.database.target },
    })
    listen()
    await notifier.start()
    await Promise.all([api.start(), supervisor.start()])
    for (const duty of [
      upkeep.ready,
      upkeep.rescue,
      upkeep.sweep,
      projection,
      board,
      heartbeats,
      deaths,
      revival,
    ])
      duty.start()
    if (phase === 'starting') phase = 'running'
    const names = policy.workers.map((worker) => worker.name).join(', ')
    logger.info({ workers: policy.workers.length }, `Managing ${policy.workers.length} Jrs: ${names}`)
  }

  function stop(by: string): Promise<ShutdownReport> {
    if (stopping) {
      // A second request hurries: the supervisor forces what it was still waiting for.
      void supervisor.stop(policy.shutdown.workers, () => {})
      return stopping
    }
    phase = 'stopping'
    logger.info({}, `Shutdown asked by ${by}`)
    stopping = shutDown(
      {
        async stopSchedules() {
          await Promise.all([
            upkeep.ready.stop(),
            upkeep.rescue.stop(),
            upkeep.sweep.stop(),
            revival.stop(),
            idleWatch.stop(),
          ])
        },
        stopHealthMonitoring: () => heartbeats.stop(),
        supervisor,
        stopApi: () => api.stop(),
        async closeState(report) {
          try {
            await Promise.all([
              deaths.stop(),
              board.stop(),
              projection.runNow().then(() => projection.stop()),
            ])
            await notifier.stop()
            await ledger.append({
              eventType: 'daemon.stopped',
              level: 'info',
              actor: 'daemon',
              message: `jrctl stopped, asked by ${by}`,
              data: { forced: report.forced, left: report.left },
            })
          } finally {
            await deps.close(report.left.length > 0)
          }
        },
      },
      policy.shutdown,
      { clock, logger, uptimeMs: clock.monotonicMs() - startedMs },
    )
    return stopping
  }

  async function reload(by: string): Promise<ReloadVerdict> {
    try {
      const next = await deps.readPolicy()
      const changed = changedParts(policy, next)
      policy = { ...policy, workers: next.workers, shutdown: next.shutdown }
      await supervisor.reload(definitionsOf(next))
      const message = changed.length === 0 ? 'nothing changed' : changed.join(', ')
      await ledger.append({ eventType: 'daemon.reloaded', level: 'info', actor: by, message })
      logger.info({}, `Configuration read again by ${by}: ${message}`)
      return { kind: 'reloaded', changed }
    } catch (error) {
      const problems = messageOf(error).split('\n')
      logger.error({}, `The new configuration is refused, the old one stays: ${problems.join('; ')}`)
      return { kind: 'refused', problems }
    }
  }

  function createServices(): DaemonServices {
    return {
      status: createStatus({
        queue,
        database,
        board,
        supervisor,
        clock,
        facts: () => ({
          version: deps.version,
          pid: deps.processFacts.pid,
          rssBytes: deps.processFacts.rssBytes(),
          nodeId: deps.nodeId,
          stateDir: policy.stateDir,
          configPath: deps.configPath,
          phase,
          target: deps.database.target,
          embedded: deps.database.embedded,
          listening: notifier.listening,
        }),
      }),
      queue,
      ledger,
      workers: () => supervisor.views(),
      async commandWorker(name: JrName, command, by) {
        const message = `${by} asked to ${command.kind} ${name}`
        logger.info({ worker: name }, message)
        const verdict = await supervisor.command(name, command)
        if (verdict.kind === 'done')
          await ledger.append({
            eventType: 'worker.commanded',
            level: 'info',
            actor: by,
            worker: name,
            message,
          })
        return verdict
      },
      urgent: (id, by, undo) => makeUrgent({ queue, ledger, board }, id, by, undo),
      reload,
      shutdown: (by) => shutdownAsked.resolve(by),
      subscribe(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    }
  }

  return {
    start,
    stop,
    reload,
    services,
    shutdownAsked: shutdownAsked.promise,
    idle() {
      if (phase !== 'stopping') phase = 'draining'
      return idleWatch.idle()
    },
  }
}
