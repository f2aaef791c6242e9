import { join } from 'node:path'
import { acceptanceOf } from './accepts.ts'
import { alertOf } from './alerts.ts'
import { apiOf } from './api.ts'
import { busOf } from './bus.ts'
import { gatewayOf } from './gateway.ts'
import { limitsOf } from './limits.ts'
import { placesOf, resolvePath } from './paths.ts'
import { orchestratorOf } from './orchestrator.ts'
import { readyCheckOf } from './ready.ts'
import { rulePoliciesOf } from './rules.ts'
import type { Environment, PlaceContext } from './paths.ts'
import { Secret } from './policy.ts'
import type { Policy, WorkerDefinition } from './policy.ts'
import { scheduleOf } from './schedules.ts'
import type { ParsedConfig, ParsedWorker } from './schema.ts'
import { windowsOf } from './windows.ts'

/** A checked configuration with every path absolute and every default filled in. */
export function toPolicy(parsed: ParsedConfig, context: PlaceContext): Policy {
  const absolute = (written: string) => resolvePath(written, context.folder, context.home)
  const optional = (written: string | undefined) => (written === undefined ? undefined : absolute(written))
  const { stateDir, socket } = placesOf({ stateDir: parsed.state_dir, socket: parsed.api.socket }, context)
  const { queue, supervisor, shutdown } = parsed
  return {
    stateDir,
    queue: {
      url: queue.url === undefined ? null : new Secret(queue.url),
      listenUrl: queue.listen_url === undefined ? null : new Secret(queue.listen_url),
      passwordFile: optional(withCredentials(queue.password_file, context.env)) ?? null,
      embedded: queue.embedded,
      pollIntervalMs: queue.poll_interval,
      leaseMs: queue.lease,
      renewIntervalMs: queue.renew_interval,
      retry: {
        initialMs: queue.retry_initial,
        maxMs: queue.retry_max,
        jitter: queue.retry_jitter === 'full' ? 1 : 0,
      },
      stuckAfterMs: queue.stuck_after,
      offlineAfterMs: queue.offline_after,
      connectTimeoutMs: queue.connect_timeout,
      statementTimeoutMs: queue.statement_timeout,
      lockTimeoutMs: queue.lock_timeout,
      poolSize: queue.pool_size,
      claimBatch: queue.claim_batch,
      settleBatch: queue.settle_batch,
    },
    retention: {
      finishedTasksMs: parsed.retention.finished_tasks,
      deadLettersMs: parsed.retention.dead_letters,
      eventsMs: parsed.retention.events,
      ledgerMs: parsed.retention.ledger,
      ledgerEntries: parsed.retention.ledger_entries,
    },
    capacity: {
      mode: parsed.capacity.mode,
      unit: parsed.capacity.unit,
      baseRate: parsed.capacity.base_rate,
      burstMinutes: parsed.capacity.burst_minutes,
      depth: parsed.capacity.depth,
      inFlight: parsed.capacity.in_flight,
    },
    gateway: gatewayOf(parsed.gateway, (file) => absolute(withCredentials(file, context.env) ?? file)),
    supervisor: {
      workers: supervisor.workers,
      backoffInitialMs: supervisor.backoff_initial,
      backoffMaxMs: supervisor.backoff_max,
      backoffJitter: supervisor.backoff_jitter,
      healthyAfterMs: supervisor.healthy_after,
      breakerFailures: supervisor.breaker_failures,
      breakerWindowMs: supervisor.breaker_window,
      breakerProbeAfterMs: supervisor.breaker_probe_after,
      fleetRestarts: supervisor.fleet_restarts,
      fleetWindowMs: supervisor.fleet_window,
      fleetRecentWindowMs: supervisor.fleet_recent_window,
      startDeadlineMs: supervisor.start_deadline,
      heartbeatTimeoutMs: supervisor.heartbeat_timeout,
      runConcurrency: supervisor.run_concurrency,
      runQueue: supervisor.run_queue,
    },
    shutdown: { workers: shutdown.workers, finishGraceMs: shutdown.finish_grace },
    memory: {
      intervalMs: parsed.memory.interval,
      budgetBytes: parsed.memory.budget,
      warnPercent: parsed.memory.warn_percent,
      criticalPercent: parsed.memory.critical_percent,
      recoverPercent: parsed.memory.recover_percent,
      heapSnapshot: parsed.memory.heap_snapshot,
    },
    nightly: {
      at: parsed.nightly.at === 'off' ? null : parsed.nightly.at,
      timezone: parsed.nightly.timezone,
      adaptivePriorities: parsed.nightly.adaptive_priorities,
    },
    orchestrator: orchestratorOf(parsed.orchestrator, rulePoliciesOf(parsed.rules)),
    logs: {
      dir: optional(parsed.logs.dir) ?? join(stateDir, 'logs'),
      level: parsed.logs.level,
      rotateSizeBytes: parsed.logs.rotate_size,
      rotateAgeMs: parsed.logs.rotate_age,
      keep: parsed.logs.keep,
      compress: parsed.logs.compress,
    },
    api: apiOf(parsed.api, { socket, stateDir }, context, (file) =>
      absolute(withCredentials(file, context.env) ?? file),
    ),
    bus: busOf(parsed.bus),
    windows: windowsOf(parsed.windows),
    alerts: parsed.alerts.map((alert) =>
      alertOf(alert, (file) => absolute(withCredentials(file, context.env) ?? file)),
    ),
    workers: parsed.workers.map((worker) => toDefinition(worker, context)),
  }
}

const credentials = '$CREDENTIALS_DIRECTORY/'

/** A systemd unit learns where its credentials are at its start, so a file can only name them by the variable. */
function withCredentials(written: string | undefined, env: Environment): string | undefined {
  const folder = env['CREDENTIALS_DIRECTORY']
  if (folder === undefined || written?.startsWith(credentials) !== true) return written
  return join(folder, written.slice(credentials.length))
}

function toDefinition(worker: ParsedWorker, { folder, home }: PlaceContext): WorkerDefinition {
  const [program = '', ...rest] = worker.command
  return {
    name: worker.name,
    command: [program.startsWith('~/') ? resolvePath(program, folder, home) : program, ...rest],
    cwd: worker.cwd === undefined ? folder : resolvePath(worker.cwd, folder, home),
    env: worker.env,
    envPass: worker.env_pass,
    envInherit: worker.env_inherit,
    instances: worker.instances,
    ...(worker.user === undefined ? {} : { user: worker.user }),
    ...limitsOf(worker),
    department: worker.department ?? null,
    priority: worker.priority,
    dependsOn: [...new Set(worker.depends_on)],
    layer: worker.layer ?? null,
    ready: readyCheckOf(worker.ready),
    readyTimeoutMs: worker.ready_timeout,
    accepts: acceptanceOf(worker),
    restart: worker.restart,
    stopSignal: worker.stop_signal,
    stopGraceMs: worker.stop_grace,
    heartbeat: worker.heartbeat,
    ...scheduleOf(worker),
  }
}
