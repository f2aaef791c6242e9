import type { WorkerDefinition } from '../../config/policy.ts'
import type { InstanceId } from '../../domain/ids.ts'
import type { Clock } from '../../ports/clock.ts'
import type { HostedProcess, ProcessIdentity, ProcessUsage } from '../../ports/process-host.ts'

/** A process of a slot, from its spawn or adoption to the end of its tree, with what was last measured of it. */
export class Instance {
  readonly id: InstanceId
  readonly process: HostedProcess
  /** As it was started: a stop uses the signal that this process was written for. */
  readonly definition: WorkerDefinition
  readonly adopted: boolean
  /** As it was then: a clock that is set later changes nothing of it. */
  readonly startedWallMs: number
  /** On the machine's monotonic clock. */
  readonly startedMonoMs: number
  readonly #clock: Clock
  #checkedMonoMs: number | null = null
  #beat: { ageMs: number; atMonoMs: number } | null = null
  #usage: { usage: ProcessUsage; atMonoMs: number; cpuPercent: number | null } | null = null

  /** @param started when; null: now */
  constructor(
    clock: Clock,
    what: { id: InstanceId; process: HostedProcess; definition: WorkerDefinition; adopted: boolean },
    started: { wallMs: number; monoMs: number } | null = null,
  ) {
    this.#clock = clock
    this.id = what.id
    this.process = what.process
    this.definition = what.definition
    this.adopted = what.adopted
    this.startedWallMs = started?.wallMs ?? clock.wallMs()
    this.startedMonoMs = started?.monoMs ?? clock.monotonicMs()
  }

  get identity(): ProcessIdentity {
    return this.process.identity
  }

  /** What an operator finds in `ps`: the command, or what leads it as long as that is not known. */
  get pid(): number {
    return this.#usage?.usage.mainPid ?? this.identity.pid
  }

  get uptimeMs(): number {
    return this.#clock.monotonicMs() - this.startedMonoMs
  }

  get rssBytes(): number | null {
    return this.#usage?.usage.rssBytes ?? null
  }

  get cpuPercent(): number | null {
    return this.#usage?.cpuPercent ?? null
  }

  /** When its heartbeat or its processes were last looked at; epoch milliseconds, null when never. */
  get lastCheckWallMs(): number | null {
    return this.#checkedMonoMs === null
      ? null
      : Math.round(this.#clock.wallMs() - (this.#clock.monotonicMs() - this.#checkedMonoMs))
  }

  /** Null when it has not beaten yet. */
  get heartbeatAgeMs(): number | null {
    return this.#beat === null ? null : this.#beat.ageMs + this.#clock.monotonicMs() - this.#beat.atMonoMs
  }

  /** A beat older than the process is of an earlier life. */
  noteBeat(ageMs: number | null): void {
    this.#checkedMonoMs = this.#clock.monotonicMs()
    const isOwn = ageMs !== null && ageMs < this.uptimeMs
    this.#beat = isOwn ? { ageMs, atMonoMs: this.#clock.monotonicMs() } : null
  }

  /** CPU is the share of one core since the sample before. */
  noteUsage(usage: ProcessUsage): void {
    const atMonoMs = this.#clock.monotonicMs()
    this.#checkedMonoMs = atMonoMs
    const before = this.#usage
    const passedMs = before === null ? 0 : atMonoMs - before.atMonoMs
    const spentMs = before === null ? 0 : usage.cpuMs - before.usage.cpuMs
    const cpuPercent = passedMs > 0 ? Math.max(0, (100 * spentMs) / passedMs) : null
    this.#usage = { usage, atMonoMs, cpuPercent }
  }
}
