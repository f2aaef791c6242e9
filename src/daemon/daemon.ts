import type { DaemonServices, ReloadVerdict, ServiceChange } from '../api/services.ts'
import type { JrName } from '../domain/ids.ts'
import { messageOf, type OperationalError } from '../errors.ts'
import type { DaemonDeps } from './daemon-deps.ts'
import { createParts, definitionsOf } from './daemon-parts.ts'
import { createDeadLetterDesk } from './dead-letter-desk.ts'
import { judgedInsight } from './judged-insight.ts'
import { changedParts } from './reload.ts'
import type { RunSummary } from './run-summary.ts'
import { type ShutdownReport, shutDown } from './shutdown.ts'
import { createStatus } from './status.ts'
import { makeUrgent } from './urgent.ts'

export interface Daemon {
  /** Boots; settles when workers are started and the API answers. */
  start(): Promise<void>
  /** Settles when no task of the queue wants anything any more. */
  idle(): Promise<RunSummary>
  /** Six steps. A second call hurries the first. `workers`: instead of what the policy says becomes of them. */
  stop(by: string, workers?: 'leave'): Promise<ShutdownReport>
  reload(by: string): Promise<ReloadVerdict>
  /** Settles when somebody asked over the API to shut down. */
  shutdownAsked: Promise<string>
  /** Settles when the local state can no longer be trusted: this daemon has to end, and its workers need not. */
  stateFailed: Promise<OperationalError>
  services: DaemonServices
}

/** Composes supervisor, duties and API over the ports. */
export function createDaemon(deps: DaemonDeps): Daemon {
  const { queue, notifier, clock, ledger, logger } = deps
  let { policy } = deps
  let phase: 'starting' | 'running' | 'draining' | 'stopping' = 'starting'
  let stopping: Promise<ShutdownReport> | undefined
  const startedMs = clock.monotonicMs()
  const shutdownAsked = Promise.withResolvers<string>()
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
      if (notice.kind === 'changed' || notice.kind === 'connected') {
        board.wake()
        idleWatch.wake()
      }
      tell(notice)
    })
    board.subscribe(() => tell({ kind: 'positions' }))
    supervisor.subscribe(() => tell({ kind: 'workers' }))
    deps.health.subscribe((condition) => {
      if (condition.kind === 'failed') stateFailed.resolve(condition.error)
      else parts.projection.wake()
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
    await notifier.start()
    await Promise.all([api.start(), supervisor.start()])
    for (const duty of [
      parts.upkeep.ready,
      parts.upkeep.rescue,
      parts.cluster,
      parts.claimHold,
      parts.triggerWatch,
      parts.projection,
      parts.pruning,
      parts.deadLetters.reconcile,
      board,
      parts.heartbeats,
      parts.deaths,
      parts.revival,
    ])
      duty.start()
    parts.figures.start()
    if (phase === 'starting') phase = 'running'
    const names = policy.workers.map((worker) => worker.name).join(', ')
    logger.info({ workers: policy.workers.length }, `Managing ${policy.workers.length} Jrs: ${names}`)
  }

  function stop(by: string, workers = policy.shutdown.workers): Promise<ShutdownReport> {
    if (stopping) {
      // A second request hurries: the supervisor forces what it was still waiting for.
      void supervisor.stop(workers, () => {})
      return stopping
    }
    phase = 'stopping'
    logger.info({}, `Shutdown asked by ${by}`)
    stopping = shutDown(
      {
        async stopSchedules() {
          await Promise.all([
            parts.upkeep.ready.stop(),
            parts.upkeep.rescue.stop(),
            parts.cluster.stop(),
            parts.revival.stop(),
            parts.triggerWatch.stop(),
            parts.pruning.stop(),
            parts.figures.nightly.stop(),
            idleWatch.stop(),
          ])
        },
        async stopHealthMonitoring() {
          await Promise.all([parts.heartbeats.stop(), parts.figures.memory.stop()])
        },
        supervisor,
        stopApi: () => api.stop(),
        async closeState(report) {
          try {
            // One that fails (the local state may have) keeps no other from ending.
            const ends = await Promise.allSettled([
              parts.deaths.stop(),
              board.stop(),
              parts.deadLetters.reconcile.stop(),
              parts.claimHold.stop(),
              parts.projection
                .runNow()
                .then(() => parts.projection.stop())
                .finally(() => parts.figures.metrics.stop()),
            ])
            await parts.cluster.leave()
            await notifier.stop()
            ledger.note({
              eventType: 'daemon.stopped',
              level: 'info',
              actor: 'daemon',
              message: `jrctl stopped, asked by ${by}`,
              data: { forced: report.forced, left: report.left },
            })
            for (const end of ends) if (end.status === 'rejected') throw end.reason
          } finally {
            await deps.close(report.left.length > 0)
          }
        },
      },
      { ...policy.shutdown, workers },
      { clock, logger, uptimeMs: clock.monotonicMs() - startedMs },
    )
    return stopping
  }

  async function reload(by: string): Promise<ReloadVerdict> {
    try {
      const next = await deps.readPolicy()
      const changed = changedParts(policy, next)
      policy = { ...policy, workers: next.workers, shutdown: next.shutdown }
      await supervisor.reload(parts.figures.define(definitionsOf(next, deps)))
      parts.cluster.redefine(next.workers)
      const message = changed.length === 0 ? 'nothing changed' : changed.join(', ')
      ledger.note({ eventType: 'daemon.reloaded', level: 'info', actor: by, message })
      logger.info({}, `Configuration read again by ${by}: ${message}`)
      return { kind: 'reloaded', changed }
    } catch (error) {
      const problems = messageOf(error).split('\n')
      logger.error({}, `The new configuration is refused, the old one stays: ${problems.join('; ')}`)
      return { kind: 'refused', problems }
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
        supervisor: parts.figures,
        cluster: parts.cluster,
        health: deps.health,
        triggers: parts.triggerWatch,
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
      deadLetters: createDeadLetterDesk({ ...deps.deadLetters, queue, nowMs: () => clock.wallMs() }),
      ledger,
      taskRows: deps.taskRows,
      workers: () => parts.figures.views(),
      metrics: () => parts.figures.view(),
      configured: () => supervisor.configured(),
      async commandWorker(name: JrName, command, by) {
        const message = `${by} asked to ${command.kind} ${name}`
        logger.info({ worker: name }, message)
        const verdict = await supervisor.command(name, command)
        if (verdict.kind === 'done')
          ledger.note({
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
      subscribe,
    }
  }

  return {
    start,
    stop,
    reload,
    services,
    shutdownAsked: shutdownAsked.promise,
    stateFailed: stateFailed.promise,
    idle() {
      if (phase !== 'stopping') phase = 'draining'
      return idleWatch.idle()
    },
  }
}
