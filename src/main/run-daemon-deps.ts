import { hostname } from 'node:os'
import { join } from 'node:path'
import { layoutOf } from '../adapters/embedded-postgres/layout.ts'
import { measureLoopDelay } from '../adapters/loop-delay.ts'
import { daemonLogName, type OpenLog } from '../adapters/logger.ts'
import { createLogReader } from '../adapters/logs/reader.ts'
import { createLogRotator } from '../adapters/logs/rotator.ts'
import { createOwnMemory } from '../adapters/own-memory.ts'
import { createCampaigns } from '../adapters/postgres/campaigns.ts'
import { createChannelClosures } from '../adapters/postgres/channel-closures.ts'
import { createClaimHolds } from '../adapters/postgres/claim-holds.ts'
import { createClusterDuties } from '../adapters/postgres/cluster-duties.ts'
import { createCycleStore } from '../adapters/postgres/cycle-store.ts'
import { createLeadership } from '../adapters/postgres/leadership.ts'
import { createNodes } from '../adapters/postgres/nodes.ts'
import { createDeadLetters } from '../adapters/postgres/dead-letters.ts'
import { createNotifier } from '../adapters/postgres/notifier.ts'
import { createAttemptKeys } from '../adapters/postgres/attempt-keys.ts'
import { createQueueIdentity } from '../adapters/postgres/queue-identity.ts'
import { createQueueInsight } from '../adapters/postgres/queue-insight.ts'
import { createQueueStatistics } from '../adapters/postgres/queue-statistics.ts'
import { createQueueTriggers } from '../adapters/postgres/queue-triggers.ts'
import { createTaskRows } from '../adapters/postgres/task-rows.ts'
import { createProcessHost } from '../adapters/process/process-host.ts'
import { createReadinessProbe } from '../adapters/readiness/readiness-probe.ts'
import type { State } from '../adapters/sqlite/open-state.ts'
import { createWorkerUnits, ownScope } from '../adapters/systemd/worker-units.ts'
import { createApiServer } from '../api/server.ts'
import type { Policy } from '../config/policy.ts'
import type { DaemonDeps } from '../daemon/daemon-deps.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import type { ServiceManager } from '../ports/service-manager.ts'
import type { TaskQueue } from '../ports/task-queue.ts'
import { obtainApiToken } from './api-token.ts'
import { alertSenders } from './alert-senders.ts'
import { namedSelf } from './named-self.ts'
import { nodeIdOf } from './node-id.ts'
import type { OpenedQueue } from './open-queue.ts'
import { upstreamSource } from './open-upstream.ts'
import { findWorkerUnits } from './worker-units-found.ts'
import { placeOf } from './place.ts'
import { leaveUnitNote } from './unit-note.ts'
import { version } from './version.ts'

/** What the daemon is put together from, once its state is ours and its queue is known. */
interface Opened {
  policy: Policy
  configPath: string | null
  process: NodeJS.Process
  opened: OpenedQueue
  state: State
  queue: TaskQueue
  log: OpenLog
  serviceManager: ServiceManager
  /** Of the daemon that handed over. */
  heldDoor: DaemonDeps['heldDoor']
  readPolicy: DaemonDeps['readPolicy']
  clock: Clock
  random: Random
}

/** The real adapters for all of the daemon's ports. */
export function daemonDeps(what: Opened): DaemonDeps {
  const { policy, configPath, process, opened, state, queue, log } = what
  const { serviceManager, heldDoor, readPolicy, clock, random } = what
  const { logger } = log
  return {
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
    units: {
      manager: createWorkerUnits(process.env),
      tell: (left) => leaveUnitNote(policy.api, left, placeOf(process).uid),
      // Where systemd cannot be asked, `manager` says so of each worker.
      found: () => findWorkerUnits(ownScope(), process).catch(() => null),
    },
    host: createProcessHost({ runDir: join(policy.stateDir, 'run'), clock, logger }),
    probe: createReadinessProbe(clock),
    upstreams: upstreamSource(process.env, clock, random),
    heldDoor,
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
      others: opened.embedded ? [layoutOf(policy.stateDir).logFile] : [],
    },
    self: namedSelf(policy.stateDir),
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
    readPolicy,
    closings: (isLeft) => [
      { name: 'the connections', deadlineMs: connectionsMs, end: () => opened.close() },
      ...(isLeft
        ? []
        : [{ name: 'the embedded database', deadlineMs: serverMs, end: () => opened.stopServer() }]),
      { name: 'the local state', deadlineMs: stateMs, end: () => state.close() },
    ],
  }
}

/** How long closing may take; who is not over by then is left behind. The database has 30 s to end cleanly, and is then forced. */
const connectionsMs = 5_000
const serverMs = 45_000
const stateMs = 5_000

/** One look at a sequence, on the connection that listens anyway. */
const glanceIntervalMs = 2_000
