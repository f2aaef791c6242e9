import type { SupervisorPolicy, WorkerDefinition } from '../config/policy.ts'
import { instanceId as asInstanceId, jrName } from '../domain/ids.ts'
import type { InstanceId, JrName } from '../domain/ids.ts'
import type { LedgerEventType, LedgerLevel } from '../domain/ledger-event.ts'
import { judgeHeartbeat } from '../domain/liveness.ts'
import { type WorkerEvent, type WorkerState, type WorkerView, nextWorkerState } from '../domain/worker.ts'
import { BugError, OperationalError, messageOf } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { HostedProcess, ProcessExit, ProcessHost, SpawnSpec } from '../ports/process-host.ts'
import type { Random } from '../ports/random.ts'
import type { StoredWorker } from '../ports/state-store.ts'
import { askToEnd, kill, type Patience } from './ask-to-end.ts'
import { definitionHash } from './definition-hash.ts'
import { Doorbell } from './doorbell.ts'
import { endTree } from './end-tree.ts'
import { exitText, waitText } from './exit-text.ts'
import { Instance } from './instance.ts'
import { type EndRequest, type Goal, afterEnd } from './restart-decision.ts'
import { RestartHistory } from './restart-history.ts'
import type { SlotBook } from './slot-book.ts'
import { spawnWithin } from './spawn-within.ts'

export interface SlotDeps {
  host: ProcessHost
  clock: Clock
  random: Random
  book: SlotBook
  policy: SupervisorPolicy
  /** Absolute. */
  logFile: string
  environment(definition: WorkerDefinition, instanceId: InstanceId): Record<string, string>
  /** The tree of this instance is gone. Never throws. */
  died(instanceId: InstanceId, name: JrName, cause: string): void
  changed(): void
  /** There is a process whose usage nobody has looked at yet. */
  started(): void
}

/**
 * What is left of a tree after an exit gets so long to go by itself, less where the worker's own grace is shorter. Nobody is
 * there to take its results any more, and the tasks are due back in the queue within a second of the death (spec §2).
 */
const leftoverGraceMs = 400
/** A tree that the kernel holds on to is tried again after so long, with its pids in the reason. */
const survivorRetryMs = 5000
/** Errors after which trying again soon is no use: something has to be installed or corrected first. */
const missingCodes = new Set(['process.missing', 'process.not_executable', 'process.no_cwd'])

/**
 * One place for one process of a worker, and its life: launch → attend → end the tree → decide → wait → launch. Long for one
 * file, so that this life can be read from its beginning to its end.
 * Others say what they want (`run`, `rest`, `hold`, `renew`) and ring; only the life acts, one step after the other.
 */
export class Slot {
  readonly name: JrName
  readonly number: number
  definition: WorkerDefinition
  readonly #deps: SlotDeps
  readonly #bell = new Doorbell()
  readonly #history = new RestartHistory()
  #state: WorkerState = 'stopped'
  #reason = 'not started yet'
  #goal: Goal = 'rest'
  #request: EndRequest = null
  #instance: Instance | null = null
  #lastId: InstanceId | null = null
  #life: Promise<void> | null = null
  #hurry = new AbortController()
  #finishMs: number | null = null
  #left = false
  #forced = false
  #nextStartAt: number | null = null
  #settled: (() => void)[] = []

  constructor(deps: SlotDeps, definition: WorkerDefinition, number: number) {
    this.#deps = deps
    this.definition = definition
    this.name = jrName(definition.name)
    this.number = number
  }

  get state(): WorkerState {
    return this.#state
  }

  get instanceId(): InstanceId | null {
    return this.#instance?.id ?? null
  }

  get living(): boolean {
    return this.#instance !== null || this.#state === 'starting'
  }

  /** Somebody of the last instance had to be killed. */
  get forced(): boolean {
    return this.#forced
  }

  view(): WorkerView {
    const instance = this.#instance
    return {
      name: this.name,
      slot: this.number,
      instanceId: instance?.id ?? null,
      state: this.#state,
      reason: this.#reason,
      pid: instance?.pid ?? null,
      startedAt: instance?.startedWallMs ?? null,
      restarts: this.#history.restarts,
      lastExit: this.#history.lastExit,
      nextStartAt: this.#nextStartAt,
      heartbeatAgeMs: instance?.heartbeatAgeMs ?? null,
      rssBytes: instance?.rssBytes ?? null,
      cpuPercent: instance?.cpuPercent ?? null,
      logFile: this.#deps.logFile,
      adopted: instance?.adopted ?? false,
      priority: this.definition.priority,
      department: this.definition.department,
    }
  }

  /** It is to run; a wait for its next start ends now. A held slot stays held. */
  run(): void {
    if (this.#state === 'paused') return
    this.#goal = 'run'
    this.#history.reset()
    this.#kick()
  }

  /** No process any more (`hold`: until the operator resumes it). Settles when its tree is gone, or somebody wants it again. */
  async end(goal: 'rest' | 'hold', reason: string, finishMs: number | null = null): Promise<void> {
    this.#goal = goal
    this.#finishMs = finishMs
    this.#request = { kind: 'stop', reason }
    this.#kick()
    await this.settled()
  }

  /** A fresh process instead of this one, without a wait. */
  renew(reason: string): void {
    this.#goal = 'run'
    this.#history.reset()
    if (this.living) this.#request = { kind: 'renew', reason }
    this.#kick()
  }

  /** What is being waited for is not waited for any longer: what remains is killed now. */
  hurry(): void {
    this.#hurry.abort()
    this.#bell.ring()
  }

  /** Lets go of it as it is; the next daemon adopts. */
  leave(): void {
    this.#left = true
    this.#bell.ring()
  }

  /** The operator lets go of a held slot. */
  resume(): void {
    if (this.#state === 'paused') this.#move('resume', 'resumed')
    this.#tell('worker.resumed', 'info', `${this.#label} resumed`)
    this.run()
  }

  /** Remembers what an earlier daemon knew of this place. */
  inherit(stored: StoredWorker): void {
    this.#history.inherit(stored)
  }

  /** Takes over what an earlier daemon started: a living process, or one whose end has yet to be dealt with. */
  adopt(stored: StoredWorker, hosted: HostedProcess, living: boolean): void {
    const { clock } = this.#deps
    const uptimeMs = stored.startedAt === null ? 0 : Math.max(0, clock.wallMs() - stored.startedAt)
    const what = { id: stored.instanceId, process: hosted, definition: this.definition, adopted: true }
    this.#history.inherit(stored)
    this.#lastId = stored.instanceId
    this.#instance = new Instance(clock, what, uptimeMs)
    this.#goal = 'run'
    this.#move('adopt', 'adopted from an earlier daemon')
    if (living) this.#tell('worker.adopted', 'info', `${this.#label} was adopted`)
    else this.#move('end', 'ended while no daemon ran; ending what is left of it')
    this.#deps.started()
    this.#kick()
    if (living && stored.definitionHash !== definitionHash(this.definition)) {
      this.renew('its definition changed')
    }
  }

  /** Nothing of it shall be found by the next daemon: the slot itself is no more. */
  forget(): void {
    if (this.#lastId !== null) this.#deps.book.forget(this.#lastId)
  }

  /** Settles when it is up, or down for whatever reason, and nothing that was asked of it is still to be done. */
  settled(): Promise<void> {
    if (this.#isSettled()) return Promise.resolve()
    return new Promise((resolve) => {
      this.#settled.push(resolve)
    })
  }

  /** Takes note of a heartbeat age and acts when it tells of a silence. */
  heartbeat(ageMs: number | null, observedMs: number): void {
    const instance = this.#instance
    if (instance === null || this.#state !== 'running') return
    instance.noteBeat(ageMs)
    const { uptimeMs } = instance
    const timeoutMs = this.#deps.policy.heartbeatTimeoutMs
    const mode = this.definition.heartbeat
    if (judgeHeartbeat({ mode, uptimeMs, ageMs, observedMs, timeoutMs }) !== 'silent') return
    const silentMs = instance.heartbeatAgeMs ?? uptimeMs
    this.#request = { kind: 'silence', reason: `no heartbeat for ${waitText(silentMs)}` }
    this.#bell.ring()
  }

  /** Looks at memory and CPU. Errors are the caller's to tell. */
  async sample(): Promise<void> {
    const instance = this.#instance
    if (instance === null) return
    const usage = await this.#deps.host.usage(instance.identity)
    if (usage !== null) instance.noteUsage(usage)
  }

  get #label(): string {
    return this.number === 1 ? this.name : `${this.name} #${this.number}`
  }

  /** Rings when a life is on, begins one when not. */
  #kick(): void {
    if (this.#life !== null) return this.#bell.ring()
    this.#bell.answer()
    this.#life = this.#live()
      .catch((error: unknown) => {
        this.#goal = 'rest'
        this.#bell.answer()
        this.#reason = `internal error: ${messageOf(error)}`
        this.#tell('worker.ended', 'error', `${this.#label}: ${this.#reason}`)
      })
      .finally(() => {
        this.#life = null
        // Rung for between its last step and this one.
        if (this.#bell.rung && !this.#left) this.#kick()
        this.#settle()
      })
  }

  async #live(): Promise<void> {
    while (!this.#left) {
      if (this.#instance !== null) await this.#attend(this.#instance)
      else if (this.#goal === 'run') await this.#launch()
      else return this.#comeToRest()
    }
  }

  /** One start: an intent on disk, then the process. Where it fails, the wait for the next one. */
  async #launch(): Promise<void> {
    const id = this.#intend()
    try {
      const hosted = await spawnWithin(
        this.#deps,
        this.#spec(id),
        this.#deps.policy.startDeadlineMs,
        (late) => {
          void this.#endLate(id, late)
        },
      )
      const what = { id, process: hosted, definition: this.definition, adopted: false }
      this.#instance = new Instance(this.#deps.clock, what, 0)
      this.#move('up', 'running')
      this.#deps.started()
      this.#tell('worker.running', 'info', `${this.#label} runs`)
    } catch (error) {
      await this.#launchFailed(error)
    }
  }

  /** From here on the next daemon would look for a process with this id as its mark. */
  #intend(): InstanceId {
    this.#request = null
    this.#bell.answer()
    this.#nextStartAt = null
    this.#hurry = new AbortController()
    this.#forced = false
    this.forget()
    const id = asInstanceId(this.#deps.random.hex(16))
    this.#lastId = id
    this.#move('start', 'starting')
    this.#tell('worker.starting', 'info', `${this.#label} is starting`)
    return id
  }

  #spec(id: InstanceId): SpawnSpec {
    return {
      command: this.definition.command,
      cwd: this.definition.cwd,
      env: this.#deps.environment(this.definition, id),
      logFile: this.#deps.logFile,
      // Random per spawn, as a mark has to be; and a start that a crash kept from being saved is found by it.
      mark: id,
    }
  }

  async #endLate(id: InstanceId, spawning: Promise<HostedProcess>): Promise<void> {
    try {
      const { identity } = await spawning
      await endTree(this.#deps, identity, 0, this.#hurry.signal)
      this.#deps.died(id, this.name, 'was started too late')
    } catch (error) {
      this.#tell('worker.ended', 'warn', `${this.#label}: a late start failed too: ${messageOf(error)}`)
    }
  }

  async #launchFailed(error: unknown): Promise<void> {
    const isMissing = error instanceof OperationalError && missingCodes.has(error.code)
    this.#history.fail(this.#deps.clock.wallMs())
    await this.#backOff(isMissing ? 'lack' : 'back_off', messageOf(error))
  }

  /** From a running process to the end of its tree, and what follows. */
  async #attend(instance: Instance): Promise<void> {
    const ended = await Promise.race([instance.process.exited, this.#bell.heard().then(() => null)])
    if (this.#left) return
    this.#bell.answer()
    const request = this.#request
    if (ended === null && request === null) return this.#settle()
    const exit = ended ?? (await this.#stopProcess(instance, request))
    if (this.#left) return
    this.#history.lastExit = exitText(exit)
    const ending = ended === null ? (request?.reason ?? '') : exitText(exit)
    if (this.#state === 'running') this.#move('end', `${ending}; ending what is left of it`)
    if (!(await this.#clearTree(instance, request?.kind === 'silence'))) return
    this.#bury(instance, ended === null ? `was stopped: ${ending}` : exitText(exit))
    await this.#follow(request, exit, ending)
  }

  async #stopProcess(instance: Instance, request: EndRequest): Promise<ProcessExit> {
    const reason = request?.reason ?? 'stopping'
    this.#move('end', reason)
    this.#tell('worker.stopping', 'info', `${this.#label} is being stopped: ${reason}`)
    const hurry = this.#hurry.signal
    if (request?.kind !== 'silence') {
      const exit = await askToEnd(this.#deps, instance, this.#patienceWith(instance), hurry)
      if (exit !== null) return exit
    }
    this.#forced = true
    return await kill(this.#deps, instance, hurry)
  }

  /** Its grace is for finishing and ending alike, unless somebody gave its work a time of its own. */
  #patienceWith({ definition: { stopGraceMs } }: Instance): Patience {
    if (this.#finishMs !== null) return { finishMs: this.#finishMs, endMs: stopGraceMs }
    return { finishMs: stopGraceMs / 2, endMs: stopGraceMs / 2 }
  }

  /** Nothing of an instance outlives it. False when we were told to let go before it was gone. */
  async #clearTree(instance: Instance, now: boolean): Promise<boolean> {
    const { clock } = this.#deps
    const graceMs = now ? 0 : Math.min(leftoverGraceMs, instance.definition.stopGraceMs)
    for (;;) {
      const end = await endTree(this.#deps, instance.identity, graceMs, this.#hurry.signal)
      if (end.forced) this.#forced = true
      if (end.survivors.length === 0) return true
      this.#move('end', `killed, but the kernel still holds pid ${end.survivors.join(', ')}`)
      this.#tell('worker.stopping', 'error', `${this.#label}: ${this.#reason}`)
      // Hurried: the next daemon may deal with it, this one is not held up by a sick kernel.
      if (this.#hurry.signal.aborted) this.#left = true
      else await this.#bell.heardWithin(clock, survivorRetryMs)
      if (this.#left) return false
      this.#bell.answer()
    }
  }

  #bury(instance: Instance, cause: string): void {
    if (instance.uptimeMs >= this.#deps.policy.healthyAfterMs) this.#history.reset()
    this.#instance = null
    this.#deps.died(instance.id, this.name, cause)
    const level = cause.startsWith('was stopped') || cause === 'exited cleanly' ? 'info' : 'warn'
    this.#tell('worker.ended', level, `${this.#label} ${cause}`, { instanceId: instance.id })
  }

  async #follow(request: EndRequest, exit: ProcessExit, ending: string): Promise<void> {
    const next = afterEnd(this.#goal, request, this.definition.restart, exit)
    switch (next) {
      case 'again':
        this.#history.restarts += 1
        return this.#move('rest', ending)
      case 'back_off':
        this.#history.fail(this.#deps.clock.wallMs())
        return this.#backOff('back_off', ending)
      case 'fail':
        this.#goal = 'rest'
        this.#history.fail(this.#deps.clock.wallMs())
        this.#move('fail', `${ending}; restart = "never"`)
        return this.#tell('worker.stopped', 'warn', `${this.#label} is not restarted: ${ending}`)
      case 'rest':
      case 'hold':
        this.#goal = next
        this.#request ??= { kind: 'stop', reason: ending }
        return
      default:
        throw new BugError(`no way on after ${String(next satisfies never)}`)
    }
  }

  /** Waits without holding up anybody; whoever wants it sooner rings. */
  async #backOff(event: 'back_off' | 'lack', why: string): Promise<void> {
    const { clock, policy, random } = this.#deps
    if (this.#goal !== 'run') return
    const delayMs = this.#history.nextDelayMs(policy, random.unit())
    this.#nextStartAt = clock.wallMs() + delayMs
    this.#move(event, `${why}; next start in ${waitText(delayMs)}`)
    const type = event === 'lack' ? 'worker.missing' : 'worker.backoff'
    this.#tell(type, 'warn', `${this.#label}: ${this.#reason}`, { delayMs })
    await this.#bell.heardWithin(clock, delayMs)
    if (!this.#left) this.#nextStartAt = null
    if (this.#goal === 'run') this.#history.restarts += 1
  }

  /** No process and none wanted. */
  #comeToRest(): void {
    const reason = this.#request?.reason ?? 'stopped'
    this.#request = null
    this.#finishMs = null
    this.#bell.answer()
    const wanted = this.#goal === 'hold' ? 'paused' : 'stopped'
    const isHeld = this.#state === 'paused' || (this.#state === 'error' && this.#goal === 'rest')
    if (this.#state === wanted || isHeld) return
    this.#move(this.#goal === 'hold' ? 'hold' : 'rest', reason)
    this.#tell(`worker.${wanted}`, 'info', `${this.#label} ${wanted}: ${reason}`)
  }

  /** The only way from state to state. */
  #move(event: WorkerEvent, reason: string): void {
    const next = nextWorkerState(this.#state, event)
    if (next === undefined) throw new BugError(`a worker that is ${this.#state} cannot ${event}`)
    this.#state = next
    this.#reason = reason
    this.#save()
    this.#settle()
    this.#deps.changed()
  }

  #save(): void {
    if (this.#lastId === null) return
    this.#deps.book.save({
      instanceId: this.#lastId,
      name: this.name,
      slot: this.number,
      definitionHash: definitionHash(this.#instance?.definition ?? this.definition),
      state: this.#state,
      identity: this.#instance?.identity ?? null,
      startedAt: this.#instance?.startedWallMs ?? null,
      restarts: this.#history.restarts,
      failures: this.#history.failures,
      lastExit: this.#history.lastExit,
    })
  }

  #tell(
    type: LedgerEventType,
    level: LedgerLevel,
    message: string,
    more: { [key: string]: number | string } = {},
  ): void {
    const instance = this.#instance
    this.#deps.book.tell(type, level, this.name, message, {
      slot: this.number,
      instanceId: instance?.id ?? null,
      shimPid: instance?.identity.pid ?? null,
      ...more,
    })
  }

  #isSettled(): boolean {
    if (this.#life === null) return true
    const isBetween = this.#bell.rung || this.#state === 'stopped' || this.#state === 'paused'
    return !isBetween && this.#state !== 'starting' && this.#state !== 'stopping'
  }

  #settle(): void {
    if (!this.#isSettled()) return
    for (const resolve of this.#settled.splice(0)) resolve()
  }
}
