import type { SupervisorPolicy, WorkerDefinition } from '../config/policy.ts'
import type { FleetBreakerView } from '../domain/breaker-view.ts'
import type { InstanceId, JrName } from '../domain/ids.ts'
import type { WorkerView } from '../domain/worker.ts'
import type { Clock } from '../ports/clock.ts'
import type { Ledger } from '../ports/ledger.ts'
import type { Logger } from '../ports/logger.ts'
import type { ProcessHost } from '../ports/process-host.ts'
import type { Random } from '../ports/random.ts'
import type { ReadinessProbe } from '../ports/readiness-probe.ts'
import type { StateStore } from '../ports/state-store.ts'
import type { GiveUp } from './gate/give-up.ts'

/** What the supervisor needs from the rest of the daemon. */
export interface SupervisorDeps {
  host: ProcessHost
  probe: ReadinessProbe
  store: StateStore
  ledger: Ledger
  clock: Clock
  random: Random
  logger: Logger
  policy: SupervisorPolicy
  /** Absolute folder of the workers' log files. */
  logsDir: string
  definitions: readonly WorkerDefinition[]
  /** The whole environment of a new instance but for the mark, which the host adds. */
  environment(definition: WorkerDefinition, instanceId: InstanceId): Record<string, string>
  /**
   * A worker process has ended and its tree is gone: return its leases, retire its presence. Called once per instance,
   * never for an instance whose tree may still live. Must not throw; retries are its own business.
   */
  onDeath(instanceId: InstanceId, name: JrName, cause: string): Promise<void>
  /** A worker is not started again by itself, its breaker's probes apart: a dead letter is due. Must not throw. */
  onGiveUp?(death: GiveUp): void
  /** A worker is well again, because of `by`: its health, a probe, a new definition. Told often; must not throw. */
  onComeBack?(name: JrName, by: string): void
  /** Somebody's first heartbeat is waited for: heartbeats are to be told soon. */
  lookAtHeartbeats(): void
}

/** Keeps the workers of the configuration running. */
export interface Supervisor {
  /**
   * Adopts the living instances found in the store, learns how the others ended, then starts what is missing, layer by layer.
   * Settles when those are up (or cannot be) who had nobody to wait for, or after 5 s: the rest of the boot goes on by itself.
   */
  start(): Promise<void>
  /**
   * `stop`: ends every tree within its grace, after `finishGraceMs` for its running work. `leave`: lets go of them; the
   * next daemon adopts. A second call hurries the first: what remains is killed now, and both settle with its report.
   */
  stop(
    mode: 'stop' | 'leave',
    report: (waitingFor: readonly WorkerView[]) => void,
    finishGraceMs?: number,
  ): Promise<StopReport>
  views(): WorkerView[]
  /** The workers of the configuration, those with no instances too. */
  configured(): JrName[]
  /** Tells the heartbeat ages by instance (or by Jr, for legacy workers), with the database known to be reachable. */
  heartbeats(ages: readonly HeartbeatAge[]): void
  /** Settles when it is done: a stop when the tree is gone, a start when the process is there (or cannot be). */
  command(name: JrName, command: WorkerCommand): Promise<WorkerVerdict>
  /**
   * The memory guard takes a worker out: every instance is ended and stays `disabled_by_memory` until `letBack`, or until an
   * operator starts it. Settles when its trees are gone. Not remembered by the next daemon, whose guard judges anew.
   */
  shed(name: JrName, reason: string): Promise<void>
  /** Lets a shed worker start again; does nothing to another one. */
  letBack(name: JrName): Promise<void>
  /** The circuit breaker of all restarts together, and those of single workers that are not closed. */
  breaker(): FleetBreakerView
  /** Restarts only the workers whose definition changed; starts new ones, stops removed ones. */
  reload(definitions: readonly WorkerDefinition[]): Promise<void>
  /** Called after each change of a view, until the returned function is called. */
  subscribe(listener: () => void): () => void
}

export interface HeartbeatAge {
  instanceId: InstanceId | null
  name: JrName
  ageMs: number
}

export type WorkerCommand =
  /** Of all its instances, or of this one alone, from 1. */
  | { kind: 'start' | 'stop' | 'restart'; instance?: number }
  | { kind: 'pause' | 'resume' }
  /** Until the daemon reads its configuration again. */
  | { kind: 'scale'; instances: number }

export type WorkerVerdict =
  | { kind: 'done'; workers: WorkerView[] }
  | { kind: 'not_found'; known: JrName[] }
  | { kind: 'refused'; reason: string }

export interface StopReport {
  endedThemselves: JrName[]
  forced: JrName[]
  left: JrName[]
}
