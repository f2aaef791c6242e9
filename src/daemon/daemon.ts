import type { DaemonServices, ReloadVerdict, ServiceChange, ShutdownWish } from '../api/services.ts'
import type { JrName } from '../domain/ids.ts'
import { messageOf, type OperationalError } from '../errors.ts'
import type { Watch } from '../ports/service-manager.ts'
import type { QueueCounts } from '../ports/task-queue.ts'
import type { DaemonDeps } from './daemon-deps.ts'
import { createParts, definitionsOf } from './daemon-parts.ts'
import { createDeadLetterDesk } from './dead-letters/dead-letter-desk.ts'
import { logOf } from './log-of.ts'
import { judgedInsight } from './judged-insight.ts'
import { askForPatience } from './patience.ts'
import { changedParts } from './reload.ts'
import { reviveWith, revivingCommands } from './dead-letters/revive-worker.ts'
import type { RunSummary } from './run-summary.ts'
import { type ShutdownReport, shutDown } from './shutdown/shutdown.ts'
import { endingsOf } from './shutdown/shutdown-endings.ts'
import { createStatus } from './status.ts'
import { makeUrgent } from './urgent.ts'
import { closeBeforeFirstClaim } from './windows/first-closing.ts'

export interface Daemon {
  /** Boots; settles when workers are started and the API answers. */
  start(): Promise<void>
  /** Settles when no task of the queue wants anything any more, with what was finished since `before` (see IdleWatch). */
  idle(before: QueueCounts): Promise<RunSummary>
  /**
   * Six steps. A second call hurries the first. `workers`: instead of what the policy says becomes of them; `successor`: the
   * pid of the daemon that takes over.
   */
  stop(by: string, workers?: 'stop' | 'leave', successor?: number): Promise<ShutdownReport>
  /** After `stop`: settles when the answers of the LLM that were under way at a hand-over have ended, in bounded time. */
  lingered(): Promise<void>
  reload(by: string): Promise<ReloadVerdict>
  /** Settles when somebody asked over the API to shut down. */
  shutdownAsked: Promise<ShutdownWish & { by: string }>
  /** Settles when the local state can no longer be trusted: this daemon has to end, and its workers need not. */
  stateFailed: Promise<OperationalError>
  services: DaemonServices
}

/** A stop that takes longer than the work that may finish and this is none, whatever it says. */
const stopBeyondMs = 5 * 60_000

/** Composes supervisor, duties and API over the ports. */
export function createDaemon(deps: DaemonDeps): Daemon {
  const { queue, notifier, clock, ledger, logger } = deps
  let { policy } = deps
  let phase: 'starting' | 'running' | 'draining' | 'stopping' = 'starting'
  let stopping: Promise<ShutdownReport> | undefined
  let reloads: Promise<unknown> = Promise.resolve()
  const hurry = new AbortController()
  const startedMs = clock.monotonicMs()
  let watch: Watch | undefined
  const shutdownAsked = Promise.withResolvers<ShutdownWish & { by: string }>()
  const stateFailed = Promise.withResolvers<OperationalError>()
  const listeners = new Set<(change: ServiceChange) => void>()
  const tell = (change: ServiceChange) => {
    for (const listener of listeners) listener(change)
  }

  const parts = createParts(deps)
  const { database, board, supervisor, idleWatch } = parts
  const services = createServices()
  const api = deps.createApi(services)

  function listen(): void {
    notifier.subscribe((notice) => {
      if (notice.kind !== 'work') parts.projection.wake()
      parts.cluster.noticed(notice)
      parts.cycle.noticed(notice)
      parts.windowClosing?.noticed(notice)
      parts.gateway.noticed(notice)
      if (notice.kind === 'changed' || notice.kind === 'connected') {
        board.wake()
        idleWatch.wake()
      }
      tell(notice)
    })
    board.subscribe(() => tell({ kind: 'positions' }))
    supervisor.subscribe(() => {
      tell({ kind: 'workers' })
      parts.cycle.workersChanged()
    })
    ledger.subscribe((entries) => parts.bus.announce(entries))
    deps.health.subscribe((condition) => {
      if (condition.kind === 'failed') stateFailed.resolve(condition.error)
      else parts.projection.wake()
      parts.cycle.wake()
    })
  }

  async function start(): Promise<void> {
    ledger.note({
      eventType: 'daemon.started',
      level: 'info',
      actor: 'daemon',
      message: `jrctl ${deps.version} started, pid ${deps.processFacts.pid}`,
      data: { node: deps.nodeId, config: deps.configPath, database: deps.database.target },
    })
    listen()
    parts.alerts.start()
    // Before any worker is started: its environment says where the gateway is.
    await parts.gateway.start()
    await closeBeforeFirstClaim({ ...deps, windows: parts.windows.compiled() })
    // Workers are adopted whether or not the database answers. The duties need no worker, and a boot in layers takes its
    // time: heartbeats tell it who is ready.
    await Promise.all([notifier.start(), api.start().then(startDuties), supervisor.start()])
    if (phase === 'stopping') return
    phase = 'running'
    deps.serviceManager.tell({ state: 'ready', status: `Managing ${policy.workers.length} Jrs` })
    const names = policy.workers.map((worker) => worker.name).join(', ')
    logger.info({ workers: policy.workers.length }, `Managing ${policy.workers.length} Jrs: ${names}`)
  }

  function startDuties(): void {
    if (phase === 'stopping') return
    const duties = [
      parts.upkeep.ready,
      parts.upkeep.rescue,
      parts.claimHold,
      parts.triggerWatch,
      parts.projection,
      parts.pruning,
      parts.deadLetters.reconcile,
      board,
      parts.heartbeats,
      parts.deaths,
      parts.revival,
      parts.logRotation,
    ]
    for (const duty of [...duties, parts.capacity, parts.cluster, parts.figures]) duty.start()
    parts.stalls.start([...duties, ...parts.cluster.duties])
    watch = deps.serviceManager.watch(() => parts.stalls.wedged())
  }

  function stop(by: string, workers = policy.shutdown.workers, successor?: number): Promise<ShutdownReport> {
    if (stopping) {
      logger.info({}, `Hurried by ${by}: what is still waited for is forced`)
      hurry.abort()
      return stopping
    }
    phase = 'stopping'
    logger.info(
      {},
      `Shutdown asked by ${by}${successor === undefined ? '' : `: pid ${successor} takes over`}`,
    )
    const { serviceManager } = deps
    // To its manager the service goes on, with another process.
    serviceManager.tell(successor === undefined ? { state: 'stopping' } : { mainPid: successor })
    const patience =
      successor === undefined
        ? askForPatience(serviceManager, clock, policy.shutdown.finishGraceMs + stopBeyondMs)
        : null
    const endings = endingsOf(
      { by, workers, successor, hurry: hurry.signal },
      { deps, parts, api, policy, watch },
    )
    stopping = shutDown(
      endings,
      { ...policy.shutdown, workers },
      {
        clock,
        logger,
        uptimeMs: clock.monotonicMs() - startedMs,
        hurry: hurry.signal,
        aloud: (status) => patience?.say(status),
      },
    ).finally(() => patience?.stop())
    return stopping
  }

  /** One after the other: each is told as a whole, and the last word on the policy is the last one asked for. */
  function reload(by: string): Promise<ReloadVerdict> {
    const reloaded = reloads.then(() => reloadNow(by))
    reloads = reloaded
    return reloaded
  }

  async function reloadNow(by: string): Promise<ReloadVerdict> {
    deps.serviceManager.tell({ state: 'reloading' })
    try {
      const next = await deps.readPolicy()
      const changed = changedParts(policy, next)
      const changeGateway = await parts.gateway.prepare(next)
      const changeApi = await api.prepare(next.api)
      policy = {
        ...policy,
        workers: next.workers,
        shutdown: next.shutdown,
        capacity: next.capacity,
        gateway: next.gateway,
        orchestrator: next.orchestrator,
        alerts: next.alerts,
        windows: next.windows,
        // The sockets stay where they are until the next start.
        api: { ...next.api, socket: policy.api.socket, workerSocket: policy.api.workerSocket },
        bus: next.bus,
      }
      parts.capacity.setPolicy(policy)
      parts.bus.setPolicy(policy.bus)
      await changeGateway()
      await changeApi()
      await supervisor.reload(parts.figures.define(definitionsOf(next, deps)))
      parts.cluster.redefine(next.workers)
      await parts.cycle.setPolicy(next.orchestrator)
      parts.alerts.define(next.alerts)
      parts.windows.redefine(next.windows)
      parts.windowClosing?.wake()
      const message = changed.length === 0 ? 'nothing changed' : changed.join(', ')
      ledger.note({ eventType: 'daemon.reloaded', level: 'info', actor: by, message })
      logger.info({}, `Configuration read again by ${by}: ${message}`)
      return { kind: 'reloaded', changed }
    } catch (error) {
      const problems = messageOf(error).split('\n')
      logger.error({}, `The new configuration is refused, the old one stays: ${problems.join('; ')}`)
      return { kind: 'refused', problems }
    } finally {
      if (phase !== 'stopping') deps.serviceManager.tell({ state: 'ready' })
    }
  }

  function subscribe(listener: (change: ServiceChange) => void): () => void {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  /** Why nobody may claim through us now. Workers that claim by themselves are held back in Postgres (claim-hold.ts). */
  function held(): string | null {
    const { condition } = deps.health
    if (phase === 'stopping') return 'the daemon is stopping'
    return condition.kind === 'full' || condition.kind === 'low' ? condition.reason : null
  }

  function createServices(): DaemonServices {
    return {
      status: createStatus({
        queue,
        database,
        board,
        gateway: parts.gateway,
        alerts: parts.alerts,
        capacity: () => ({ ...parts.capacity.view(), unit: policy.capacity.unit }),
        supervisor: {
          views: () => parts.figures.views(),
          breaker: () => supervisor.breaker(),
          complaints: () => supervisor.complaints(),
        },
        metrics: parts.figures.metrics,
        cluster: parts.cluster,
        orchestrator: parts.cycle,
        health: deps.health,
        triggers: parts.triggerWatch,
        stalls: parts.stalls,
        memory: parts.figures.memory,
        logs: parts.logRotation,
        // It is made over these services, and nobody asks for the status before it is.
        api: { view: () => api.view(), complaints: () => api.complaints() },
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
      insight: judgedInsight(deps.insight),
      attempts: {
        queue,
        keys: deps.attemptKeys,
        nodeId: deps.nodeId,
        pid: deps.processFacts.pid,
        leaseMs: policy.queue.leaseMs,
        clock,
        random: deps.random,
        listening: () => notifier.listening,
        held,
        supervises: (instance) => supervisor.views().some(({ instanceId }) => instanceId === instance),
        subscribe,
      },
      capacity: parts.capacity,
      orchestrator: parts.cycle.desk,
      deadLetters: createDeadLetterDesk({
        ...deps.deadLetters,
        queue,
        nowMs: () => clock.wallMs(),
        revive: reviveWith(supervisor),
      }),
      ledger,
      logOf: (jr, instance) => logOf({ logFiles: deps.logFiles, logsDir: policy.logs.dir }, jr, instance),
      bus: parts.bus,
      campaigns: deps.campaigns,
      windows: () => parts.windows.views(clock.wallMs()),
      taskRows: deps.taskRows,
      workers: () => parts.figures.views(),
      metrics() {
        const gateway = parts.gateway.view()
        return {
          ...parts.figures.view(),
          ...(gateway === null ? {} : { gateway }),
          cycle: parts.cycle.view(),
          bus: parts.bus.view(),
        }
      },
      configured: () => supervisor.configured(),
      definitionOf: (name) => policy.workers.find((worker) => worker.name === name),
      breaker: () => supervisor.breaker(),
      async commandWorker(name: JrName, command, by) {
        const which = 'instance' in command && command.instance !== undefined ? ` #${command.instance}` : ''
        const message = `${by} asked to ${command.kind} ${name}${which}`
        logger.info({ worker: name }, message)
        const verdict = await supervisor.command(name, command)
        if (verdict.kind === 'done') {
          ledger.note({
            eventType: 'worker.commanded',
            level: 'info',
            actor: by,
            worker: name,
            message,
          })
          if (revivingCommands.has(command.kind)) parts.workerLetters.cameBack(name, by)
        }
        return verdict
      },
      urgent: (id, by, undo) => makeUrgent({ queue, ledger, board }, id, by, undo),
      reload,
      shutdown(by, wish) {
        shutdownAsked.resolve({ ...wish, by })
        return wish.workers ?? policy.shutdown.workers
      },
      identity: () => ({
        version: deps.version,
        pid: deps.processFacts.pid,
        manager: deps.serviceManager.name,
      }),
      subscribe,
    }
  }

  return {
    start,
    stop,
    lingered: () => parts.gateway.stopped(),
    reload,
    services,
    shutdownAsked: shutdownAsked.promise,
    stateFailed: stateFailed.promise,
    idle(before) {
      if (phase !== 'stopping') phase = 'draining'
      return idleWatch.idle(before)
    },
  }
}
