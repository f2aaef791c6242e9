import type { Policy, WorkerDefinition } from '../config/policy.ts'
import type { InstanceId } from '../domain/ids.ts'
import { BugError } from '../errors.ts'
import { createAlertDesk } from './alerts/alert-desk.ts'
import { createHealthWatch } from './alerts/health-watch.ts'
import { createFleet, type Fleet, type FleetDeps } from '../supervisor/fleet.ts'
import { createBus } from '../bus/bus.ts'
import { createClaimHold } from './queue/claim-hold.ts'
import { createCapacityPart } from './capacity/capacity-part.ts'
import { createCluster } from './cluster/cluster.ts'
import { type CyclePart, createCyclePart } from './cycle/cycle-part.ts'
import type { DaemonDeps } from './daemon-deps.ts'
import { createDatabaseWatch } from './queue/database-watch.ts'
import { createGatewayPart } from './gateway/gateway-part.ts'
import { createDeadLetterProjection } from './dead-letters/dead-letter-projection.ts'
import { createDeathWatch } from './queue/death-watch.ts'
import { createFigures } from './figures.ts'
import { createHeartbeatWatch } from './health/heartbeat-watch.ts'
import { createIdleWatch } from './idle-watch.ts'
import { createLedgerPruning } from './ledger/ledger-pruning.ts'
import { createLedgerProjection, waitsForTime } from './ledger/ledger-projection.ts'
import { createLogRotation } from './log-rotation.ts'
import { createPositionBoard, type PositionBoard } from './position-board.ts'
import { createRevival } from './queue/revival.ts'
import { createStallWatch } from './health/stall-watch.ts'
import { complaintsOf } from './status.ts'
import { executionOf, timetableOf } from './runs.ts'
import { createChannelWindows } from './windows/channel-windows.ts'
import { createWindowClosing, type WindowClosing } from './windows/window-closing.ts'
import { createTriggerWatch } from './queue/trigger-watch.ts'
import { createUpkeep } from './queue/upkeep.ts'
import { createUnitFleet } from './units/unit-fleet.ts'
import { createWorkerLetters } from './dead-letters/worker-letters.ts'
import { boundToDatabase, boundToGateway, resolveSelf, workerEnvironment } from './worker-environment.ts'

/** The supervisor and the duties, made over the ports and wired to each other; nothing runs yet. */
export function createParts(deps: DaemonDeps) {
  const { policy, queue, clock, ledger, logger, store } = deps
  const database = createDatabaseWatch({
    ledger,
    logger,
    clock,
    target: deps.database.target,
    lost: () => revival.wake(),
  })
  const revival = createRevival({ database, revive: deps.database.revive, clock, logger })
  const capacity = createCapacityPart({
    policy,
    store,
    nodes: deps.cluster.nodes,
    lookAgain: () => board.wake(),
    clock,
    random: deps.random,
    logger,
  })
  const board: PositionBoard = createPositionBoard({
    queue,
    capacity,
    nodeId: deps.nodeId,
    leads: () => cluster.leads(),
    ledger,
    database,
    clock,
    logger,
  })
  const gateway = createGatewayPart({
    policy,
    capacity,
    board,
    keys: deps.attemptKeys,
    listening: () => deps.notifier.listening,
    upstreams: deps.upstreams,
    held: deps.heldDoor,
    store,
    clock,
    random: deps.random,
    logger,
  })
  const bus = createBus({ policy: policy.bus, clock, random: deps.random })
  const upkeep = createUpkeep({ queue, policy: policy.queue, database, ledger, clock, logger })
  const windows = createChannelWindows(policy.windows)
  let windowClosing: WindowClosing | undefined
  let cycle: CyclePart | undefined
  const cluster = createCluster(deps, database, (led) => {
    windowClosing = createWindowClosing({
      ...led,
      closures: deps.closures,
      windows: () => windows.compiled(),
      ledger,
    })
    cycle = createCyclePart({
      ...deps,
      ...led,
      windows: (nowMs) => windows.views(nowMs),
      workers: () => supervisor.views(),
      failuresInARow: (jr) => figures.metrics.failuresInARow(jr),
      capacity: () => capacity.view(),
      capacityUnit: () => policy.capacity.unit,
      positions: () => board.views().length,
      heapPercent: () => figures.memory.view().heapPercent,
      complaints: () =>
        complaintsOf({
          health: deps.health,
          triggers: triggerWatch,
          stalls,
          memory: figures.memory,
          logs: logRotation,
          gateway,
          cluster,
        }),
      reconciliation: () => ({
        queue,
        triggers: triggerWatch,
        rescue: upkeep.rescue,
        deaths,
        heartbeats,
        projection,
        deadLetters: deadLetters.reconcile,
        positions: board,
      }),
    })
    return [windowClosing, ...cycle.duties, createHealthWatch({ ...led, cycle })]
  })
  if (cycle === undefined) throw new BugError('the cluster has asked for no duties')
  const claimHold = createClaimHold({ ...deps, holds: deps.claimHolds, database })
  const triggerWatch = createTriggerWatch({ triggers: deps.triggers, database, clock, logger })
  const deadLetters = createDeadLetterProjection({
    ...deps.deadLetters,
    departmentOf: (jr) => supervisor.views().find(({ name }) => name === jr)?.department ?? null,
    database,
    clock,
    logger,
  })
  const figures = createFigures({
    ...deps,
    supervisor: () => supervisor,
    leads: () => cluster.leads(),
    pruneLedger: () => pruning.runNow(),
    runs: () => supervisor.runFigures(),
  })
  const projection = createLedgerProjection({
    feed: queue,
    identity: deps.identity,
    ledger,
    store,
    database,
    clock,
    logger,
    keep: (events) => deadLetters.keep(events),
    changed: () => {
      deadLetters.forget()
      figures.metrics.begunAnew()
    },
    // A task that waits for a time may be due before the one that upkeep's timer is set for.
    seen: (events) => {
      figures.metrics.seen(events)
      if (events.some(waitsForTime)) upkeep.ready.wake()
    },
  })
  const pruning = createLedgerPruning({ ledger, policy: policy.retention, clock, logger })
  const workerLetters = createWorkerLetters({
    book: deps.deadLetters.book,
    nodeId: deps.nodeId,
    ledger,
    clock,
    logger,
  })
  const deaths = createDeathWatch({ queue, ledger, database, clock, logger })
  const supervisor = createFleetOf({
    host: deps.host,
    probe: deps.probe,
    store,
    ledger,
    clock,
    random: deps.random,
    logger: logger.child({ part: 'supervisor' }),
    policy: policy.supervisor,
    logsDir: policy.logs.dir,
    definitions: figures.define(definitionsOf(policy, deps)),
    environment: environmentOf,
    onDeath: (instance, name, cause) => deaths.died(instance, name, cause),
    onGiveUp: (death) => workerLetters.gaveUp(death),
    onComeBack: (name, by) => workerLetters.cameBack(name, by),
    lookAtHeartbeats: () => heartbeats.wake(),
    timetableOf,
    letters: deps.deadLetters.book,
    nodeId: deps.nodeId,
    onRun(record) {
      const execution = executionOf(record)
      if (execution !== null) figures.metrics.ended(execution)
    },
  })
  const alerts = createAlertDesk({
    ...deps,
    channels: policy.alerts,
    senderOf: (channel) => deps.alertSenderOf(channel),
    leads: () => cluster.leads(),
  })
  const heartbeats = createHeartbeatWatch({ queue, supervisor, database, clock, logger })
  const idleWatch = createIdleWatch({ queue, database, clock, logger })
  const logRotation = createLogRotation({
    ...deps.logFiles,
    logs: () =>
      supervisor.views().map(({ name, logFile, state, unit }) => ({
        path: logFile,
        worker: name,
        // What systemd runs may have the journal instead, where it may not write to ours.
        living: state === 'running' && unit === undefined,
      })),
    limits: policy.logs,
    ledger,
    clock,
    logger,
  })
  const stalls = createStallWatch({
    loopDelay: deps.loopDelay,
    statementTimeoutMs: policy.queue.statementTimeoutMs,
    clock,
    ledger,
    logger,
    looked: () => tellStatus(),
  })
  return {
    database,
    alerts,
    revival,
    board,
    capacity,
    gateway,
    bus,
    upkeep,
    figures,
    cluster,
    windows,
    windowClosing,
    cycle,
    claimHold,
    triggerWatch,
    projection,
    pruning,
    deadLetters,
    deaths,
    workerLetters,
    supervisor,
    heartbeats,
    idleWatch,
    logRotation,
    stalls,
  }

  /** Who runs the workers: we, or units of systemd's. */
  function createFleetOf(fleet: FleetDeps): Fleet {
    if (policy.supervisor.workers === 'spawn') return createFleet(fleet)
    const { units } = deps
    if (units === undefined) throw new BugError('workers are units, and nobody can ask for these')
    const tellUnits = () => units.tell({ nodeId: deps.nodeId, gatewayUrl: gateway.url })
    return createUnitFleet({ ...fleet, units: units.manager, found: units.found, tellUnits })
  }

  /** For `systemctl status`. */
  function tellStatus(): void {
    const workers = supervisor.views()
    const running = workers.filter(({ state }) => state === 'running').length
    const tasks = board.views().length
    const away = database.up ? '' : '; the database is away'
    deps.serviceManager.tell({
      status: `${running} of ${workers.length} workers run, ${tasks} tasks at work${away}`,
    })
  }

  function environmentOf(definition: WorkerDefinition, instance: InstanceId): Record<string, string> {
    return workerEnvironment(definition, instance, {
      daemon: deps.environment,
      database: deps.database.environment,
      socket: policy.api.socket,
      workerSocket: policy.api.workerSocket,
      nodeId: deps.nodeId,
      configPath: deps.configPath,
      stateDir: policy.stateDir,
      self: deps.self,
      gatewayUrl: gateway.url,
    })
  }
}

/** The workers of a configuration as they are run here: what `jrctl` means, and which database and gateway they are given. */
export function definitionsOf(policy: Policy, { self, database }: DaemonDeps): WorkerDefinition[] {
  const listens = gatewayListens(policy)
  return policy.workers.map((definition) =>
    boundToGateway(
      boundToDatabase(resolveSelf(definition, self.path), database.environment, self.path),
      listens,
    ),
  )
}

/** As configured: a port that is chosen once and kept counts as the same. Null: there is no gateway. */
function gatewayListens({ gateway }: Policy): string | null {
  if (!gateway.enabled || gateway.upstreams.length === 0) return null
  return `${gateway.listen.host}:${gateway.listen.port}`
}
