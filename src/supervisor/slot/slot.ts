import type { SupervisorPolicy, WorkerDefinition } from '../../config/policy.ts'
import { instanceId as asInstanceId } from '../../domain/ids.ts'
import type { InstanceId, JrName } from '../../domain/ids.ts'
import { judgeHeartbeat } from '../../domain/liveness.ts'
import type { WorkerState, WorkerView } from '../../domain/worker.ts'
import { BugError, messageOf } from '../../errors.ts'
import type { Clock, Timer } from '../../ports/clock.ts'
import type { HostedProcess, ProcessExit, ProcessHost } from '../../ports/process-host.ts'
import type { Random } from '../../ports/random.ts'
import type { StoredWorker } from '../../ports/state-store.ts'
import { askToEnd, kill, type Patience } from './ask-to-end.ts'
import { Burials } from './burials.ts'
import { Doorbell } from './doorbell.ts'
import { exitText, waitText } from './exit-text.ts'
import type { Admission, Applicant, Gate } from '../gate/gate.ts'
import type { GiveUp } from '../gate/give-up.ts'
import { Instance } from './instance.ts'
import { lacksSomething } from './lacks-something.ts'
import { type EndRequest, type Goal, afterEnd, isFailure } from './restart-decision.ts'
import type { SlotBook } from './slot-book.ts'
import { SlotRecord } from './slot-record.ts'
import { spawnSpec } from './spawn-spec.ts'
import { startProcess } from './start-process.ts'

export interface SlotDeps {
  host: ProcessHost
  clock: Clock
  random: Random
  book: SlotBook
  gate: Gate
  policy: SupervisorPolicy
  /** Absolute. */
  logFile: string
  environment(definition: WorkerDefinition, instanceId: InstanceId): Record<string, string>
  /** The tree of this instance is gone. Never throws. */
  died(instanceId: InstanceId, name: JrName, cause: string): void
  /** It is not started again by itself. Never throws. */
  gaveUp(death: GiveUp): void
  /** It has been up for long enough. Never throws. */
  healthy(name: JrName): void
  changed(): void
  /** There is a process whose usage nobody has looked at yet. */
  started(): void
}

/** How a process ended. */
interface End {
  instance: Instance
  exit: ProcessExit
  /** Null: it ended by itself. */
  request: EndRequest
  /** In plain words. */
  why: string
}

/**
 * One place for one process of a worker, and its life: ask the gate → launch → attend → end the tree → decide → wait → ask. Long
 * for one file, so that this life can be read from its beginning to its end.
 * Others say what they want (`run`, `rest`, `hold`, `renew`) and ring; only the life acts, one step after the other.
 */
export class Slot {
  readonly #deps: SlotDeps
  readonly #record: SlotRecord
  readonly #bell = new Doorbell()
  readonly #hurry = new AbortController()
  /** Aborted: it is left as it is. */
  readonly #letGo = new AbortController()
  readonly #burials: Burials
  #goal: Goal = 'rest'
  #request: EndRequest = null
  #life: Promise<void> | null = null
  #finishMs: number | null = null
  /** Its next start follows a failure, and nobody but us wants it: what the fleet's breaker counts. */
  #isRestart = false
  /** Its next start follows an end: what is shown as restarts. */
  #comesBack = false
  /** It ended while no daemon ran, nobody knows when. */
  #diedUnseen = false
  #healthTimer: Timer | null = null
  #settled: (() => void)[] = []

  constructor(deps: SlotDeps, definition: WorkerDefinition, number: number) {
    this.#deps = deps
    this.#record = new SlotRecord({ ...deps, changed: () => this.#noteChange() }, definition, number)
    const signals = { hurry: this.#hurry.signal, letGo: this.#letGo.signal }
    this.#burials = new Burials({
      ...deps,
      ...signals,
      record: this.#record,
      died: ({ id }, cause) => deps.died(id, this.name, cause),
    })
  }

  get name(): JrName {
    return this.#record.name
  }

  get number(): number {
    return this.#record.number
  }

  get definition(): WorkerDefinition {
    return this.#record.definition
  }

  /** Applies to the next start; whoever waits to be let through asks again, for a changed worker starts afresh. */
  set definition(definition: WorkerDefinition) {
    this.#record.definition = definition
    if (this.#goal === 'run' && this.#record.state === 'disabled_by_failure') this.#bell.ring()
  }

  get state(): WorkerState {
    return this.#record.state
  }

  get instanceId(): InstanceId | null {
    return this.#record.instance?.id ?? null
  }

  get living(): boolean {
    return this.#hasProcess || this.#burials.pending
  }

  /** Somebody of the last instance had to be killed. */
  get forced(): boolean {
    return this.#burials.forced
  }

  view(): WorkerView {
    return this.#record.view()
  }

  /** It is to run; a wait for its next start ends now. A held slot stays held. */
  run(): void {
    if (this.#record.state === 'paused') return
    this.#goal = 'run'
    this.#kick()
  }

  /** An operator wants a fresh start: what went wrong before counts no more. */
  pardon(): void {
    this.#record.history.reset()
    this.#isRestart = false
  }

  /** No process any more (`hold`: until the operator resumes it). Settles when its tree is gone, or somebody wants it again. */
  async end(goal: 'rest' | 'hold', reason: string, finishMs: number | null = null): Promise<void> {
    this.#goal = goal
    this.#finishMs = finishMs
    this.#request = { kind: 'stop', reason }
    this.#kick()
    await this.settled()
    await this.#burials.settled()
  }

  /** A fresh process instead of this one, without a wait. */
  renew(reason: string): void {
    this.#goal = 'run'
    this.pardon()
    if (this.#hasProcess) this.#request = { kind: 'renew', reason }
    this.#kick()
  }

  /** The memory guard wants it out; the gate keeps it out. Settles when its tree is gone. */
  async shed(reason: string): Promise<void> {
    if (this.#goal !== 'run') return
    if (this.#hasProcess) this.#request = { kind: 'shed', reason }
    this.#kick()
    await this.settled()
    await this.#burials.settled()
  }

  /** What is being waited for is not waited for any longer: what remains is killed now. */
  hurry(): void {
    this.#hurry.abort()
    this.#bell.ring()
  }

  /** Lets go of it as it is; the next daemon adopts. */
  leave(): void {
    this.#letGo.abort()
    this.#unwatchHealth()
    this.#bell.ring()
  }

  /** The operator lets go of a held slot. */
  resume(): void {
    if (this.#record.state === 'paused') this.#record.move('resume', 'resumed by an operator')
    this.run()
  }

  /** Remembers what an earlier daemon knew of this place, where no process is; false: it knows better already. */
  inherit(stored: StoredWorker): boolean {
    if (this.#record.lastId !== null) return false
    this.#record.history.inherit(stored)
    // Its row is ours now, so that the next daemon finds it again, whatever becomes of us before the first start.
    this.#record.begin(stored.instanceId)
    this.#record.save()
    return true
  }

  /** Takes over what an earlier daemon started: a living process, or one whose end has yet to be dealt with. */
  adopt(stored: StoredWorker, hosted: HostedProcess, living: boolean): void {
    const record = this.#record
    const what = { id: stored.instanceId, process: hosted, definition: this.definition, adopted: true }
    const instance = new Instance(this.#deps.clock, what, this.#startOf(stored))
    record.history.inherit(stored)
    record.begin(stored.instanceId)
    record.instance = instance
    this.#goal = 'run'
    this.#diedUnseen = !living
    this.#deps.gate.adopted(this.#applicant)
    record.move('adopt', 'adopted from an earlier daemon')
    if (!living) record.move('end', 'ended while no daemon ran; ending what is left of it')
    this.#deps.started()
    this.#watchHealth(instance)
    this.#kick()
    if (living && stored.definitionHash !== record.hash) this.renew('its definition changed')
  }

  /** Nothing of it shall be found by the next daemon: the slot itself is no more. */
  forget(): void {
    this.#burials.forgetRow(this.#record.lastId)
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
    const { instance } = this.#record
    if (instance === null || this.#record.state !== 'running') return
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
    const { instance } = this.#record
    if (instance === null) return
    const usage = await this.#deps.host.usage(instance.identity)
    if (usage !== null) instance.noteUsage(usage)
  }

  get #left(): boolean {
    return this.#letGo.signal.aborted
  }

  get #hasProcess(): boolean {
    return this.#record.instance !== null || this.#record.state === 'starting'
  }

  get #applicant(): Applicant {
    const { name, number: slot, hash: definitionHash } = this.#record
    return { name, slot, definitionHash, isRestart: this.#isRestart }
  }

  /** What its dead letter would tell, but for the error. */
  get #facts(): Omit<GiveUp, 'name' | 'error'> {
    const { history, lastCheckAt } = this.#record
    return {
      department: this.definition.department,
      restarts: history.restarts,
      lastExit: history.lastExit,
      lastHealthCheckAt: lastCheckAt,
    }
  }

  /** By the monotonic clock, as far as the row tells: a wall clock that was set meanwhile makes nobody older. */
  #startOf({ startedAt, startedMonoMs }: StoredWorker): { wallMs: number; monoMs: number } | null {
    const { clock } = this.#deps
    if (startedAt === null) return null
    const byWallMs = clock.monotonicMs() - Math.max(0, clock.wallMs() - startedAt)
    return { wallMs: startedAt, monoMs: Math.min(clock.monotonicMs(), startedMonoMs ?? byWallMs) }
  }

  /** Rings when a life is on, begins one when not. */
  #kick(): void {
    if (this.#life !== null) return this.#bell.ring()
    this.#bell.answer()
    this.#life = this.#live()
      .catch((error: unknown) => this.#collapse(error))
      .finally(() => {
        this.#life = null
        // Rung for between its last step and this one.
        if (this.#bell.rung && !this.#left) this.#kick()
        this.#settle()
      })
  }

  #collapse(error: unknown): void {
    this.#goal = 'rest'
    this.#bell.answer()
    this.#deps.gate.ended(this.#applicant)
    this.#record.explain(`internal error: ${messageOf(error)}`)
    this.#record.tell('worker.ended', 'error', `${this.#record.label}: ${this.#record.reason}`)
  }

  async #live(): Promise<void> {
    while (!this.#left) {
      const { instance } = this.#record
      if (instance !== null) await this.#attend(instance)
      else if (this.#goal === 'run') await this.#enter()
      else return this.#comeToRest()
    }
  }

  /** Through the gate, or a wait before it. */
  async #enter(): Promise<void> {
    const admission = this.#deps.gate.ask(this.#applicant)
    if (admission.kind === 'go') return await this.#launch(admission.isProbe)
    this.#burials.launched()
    await this.#standBy(admission)
  }

  /** Not let through: nothing happens until somebody rings, the wait is over, or the gate has changed its mind. */
  async #standBy({ by, reason, waitMs, changed }: Admission & { kind: 'wait' }): Promise<void> {
    const { clock } = this.#deps
    const record = this.#record
    const disabled = by === 'memory' ? 'disabled_by_memory' : 'disabled_by_failure'
    record.nextStartAt = waitMs === null ? null : Math.round(clock.wallMs() + waitMs)
    if (record.state === disabled) record.explain(reason(), reason)
    else record.move(by === 'memory' ? 'shed' : 'trip', reason(), { later: reason })
    this.#bell.answer()
    this.#settle()
    await this.#bell.heardWithin(clock, waitMs, changed)
    this.#bell.answer()
    if (!this.#left) record.nextStartAt = null
  }

  /** One start: an intent on disk, then the process. Where it fails, the wait for the next one. */
  async #launch(isProbe: boolean): Promise<void> {
    const before = this.#record.lastId
    const id = this.#intend()
    const started = await this.#start(id).then(
      (hosted) => ({ hosted }),
      (error: unknown) => ({ error }),
    )
    this.#burials.launched()
    // The new row is on disk: the earlier one has served, unless its tree still has to be found.
    if (before !== null && !this.#burials.has(before)) this.#burials.forgetRow(before)
    if ('error' in started) return await this.#launchFailed(started.error)
    const what = { id, process: started.hosted, definition: this.definition, adopted: false }
    const instance = new Instance(this.#deps.clock, what)
    this.#record.instance = instance
    const { healthyAfterMs } = this.#deps.policy
    const reason = isProbe
      ? `a probe: healthy for ${waitText(healthyAfterMs)}, it closes the breaker`
      : 'running'
    this.#record.move('up', reason)
    this.#deps.started()
    this.#watchHealth(instance)
  }

  /** From here on the next daemon would look for a process with this id as its mark. */
  #intend(): InstanceId {
    const record = this.#record
    const id = asInstanceId(this.#deps.random.hex(16))
    if (!record.can('start')) {
      const event = record.can('reset') ? 'reset' : 'rest'
      record.move(event, 'may start again', { kept: false })
    }
    this.#request = null
    this.#bell.answer()
    this.#burials.forced = false
    this.#diedUnseen = false
    record.nextStartAt = null
    if (this.#comesBack) record.history.restarts += 1
    this.#comesBack = false
    record.begin(id)
    record.move('start', 'starting')
    return id
  }

  #start(id: InstanceId): Promise<HostedProcess> {
    const { logFile } = this.#deps
    const env = this.#deps.environment(this.definition, id)
    const late = (failed: string | null): void => this.#cameLate(id, failed)
    const deps = { ...this.#deps, hurry: this.#hurry.signal, late }
    return startProcess(deps, spawnSpec(this.definition, id, { env, logFile }))
  }

  #cameLate(id: InstanceId, failed: string | null): void {
    const { label } = this.#record
    if (failed === null) this.#deps.died(id, this.name, 'was started too late')
    else this.#record.tell('worker.ended', 'warn', `${label}: a late start failed too: ${failed}`)
  }

  async #launchFailed(error: unknown): Promise<void> {
    const { gate, clock } = this.#deps
    const why = messageOf(error)
    const isMissing = lacksSomething(error)
    this.#record.history.ended(clock.wallMs(), true)
    if (isMissing) gate.failedProbe(this.#applicant, this.#facts, why)
    else gate.failed(this.#applicant, this.#facts, why)
    this.#isRestart = !isMissing
    await this.#backOff(isMissing ? 'lack' : 'back_off', why)
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
    const end = { instance, exit, request, why: ended === null ? (request?.reason ?? '') : exitText(exit) }
    this.#account(end)
    const isAside = ended !== null && request === null && this.#goesOnAtOnce(exit)
    if (this.#record.state === 'running')
      this.#record.move('end', `${end.why}; ending what is left of it`, { kept: !isAside })
    const cause = ended === null ? `was stopped: ${end.why}` : exitText(exit)
    if (isAside) this.#burials.buryAside(instance, cause)
    else if (!(await this.#burials.bury(instance, cause, request?.kind === 'silence')))
      return this.#letGo.abort()
    else this.#bell.answer()
    await this.#follow(end)
  }

  async #stopProcess(instance: Instance, request: EndRequest): Promise<ProcessExit> {
    const reason = request?.reason ?? 'stopping'
    this.#record.move('end', reason)
    const hurry = this.#hurry.signal
    if (request?.kind !== 'silence') {
      const exit = await askToEnd(this.#deps, instance, this.#patienceWith(instance), hurry)
      if (exit !== null) return exit
    }
    this.#burials.forced = true
    return await kill(this.#deps, instance, hurry)
  }

  /** Its grace is for finishing and ending alike, unless somebody gave its work a time of its own. */
  #patienceWith({ definition: { stopGraceMs } }: Instance): Patience {
    if (this.#finishMs !== null) return { finishMs: this.#finishMs, endMs: stopGraceMs }
    return { finishMs: stopGraceMs / 2, endMs: stopGraceMs / 2 }
  }

  /** What this end says of the worker: its waits and its breaker go by it. */
  #account({ instance, exit, request, why }: End): void {
    const { gate, clock, policy } = this.#deps
    const { history } = this.#record
    const uptimeMs = this.#diedUnseen ? null : instance.uptimeMs
    this.#unwatchHealth()
    history.lastExit = exitText(exit)
    if (uptimeMs !== null && uptimeMs >= policy.healthyAfterMs) this.#proveHealth()
    const next = afterEnd(this.#goal, request, this.definition.restart, exit)
    if (next === 'back_off') {
      const failed = isFailure(request, this.definition.restart, exit, uptimeMs ?? Number.POSITIVE_INFINITY)
      history.ended(clock.wallMs(), failed)
      this.#isRestart = failed
      if (failed) gate.failed(this.#applicant, this.#facts, why)
      else gate.proven(this.#applicant)
    } else if (next === 'fail') gate.failedProbe(this.#applicant, this.#facts, why)
    else if (next === 'rest' && this.#goal === 'run') gate.proven(this.#applicant)
    else gate.ended(this.#applicant)
  }

  /**
   * Without a wait there is no time to look for what is left of the tree first: it is ended beside the next start. Only where
   * the command itself is known to be gone, or there would be two of them.
   */
  #goesOnAtOnce(exit: ProcessExit): boolean {
    const { gate, policy } = this.#deps
    const isCommandGone = exit.source !== 'unknown' && exit.shimKilled !== true
    return (
      isCommandGone &&
      this.#record.history.isWithoutWait(policy) &&
      afterEnd(this.#goal, null, this.definition.restart, exit) === 'back_off' &&
      !gate.bars(this.#applicant)
    )
  }

  async #follow({ exit, request, why }: End): Promise<void> {
    const next = afterEnd(this.#goal, request, this.definition.restart, exit)
    switch (next) {
      case 'again':
        this.#comesBack = true
        return this.#record.move('rest', why)
      case 'back_off':
        return await this.#backOff('back_off', why)
      case 'stand_by':
        return
      case 'fail':
        return this.#fail(why)
      case 'rest':
      case 'hold':
        this.#goal = next
        this.#request ??= { kind: 'stop', reason: why }
        return
      default:
        throw new BugError(`no way on after ${String(next satisfies never)}`)
    }
  }

  #fail(why: string): void {
    const error = `${why}; restart = "never"`
    this.#goal = 'rest'
    this.#record.history.failed(this.#deps.clock.wallMs())
    this.#record.move('fail', error)
    this.#deps.gaveUp({ name: this.name, error, ...this.#facts })
  }

  /** Waits without holding up anybody; whoever wants it sooner rings. */
  async #backOff(event: 'back_off' | 'lack', why: string): Promise<void> {
    const { clock, policy, random, gate } = this.#deps
    const record = this.#record
    if (this.#goal !== 'run') return
    // Where there was no process, none comes back.
    this.#comesBack ||= event === 'back_off'
    // The gate has a wait of its own.
    if (gate.bars(this.#applicant)) return
    const delayMs = record.history.nextDelayMs(policy, random.unit())
    record.nextStartAt = clock.wallMs() + delayMs
    const dueMs = clock.monotonicMs() + delayMs
    const reason = (): string => {
      const leftMs = dueMs - clock.monotonicMs()
      return `${why}; next start ${leftMs <= 0 ? 'at once' : `in ${waitText(leftMs)}`}`
    }
    record.move(event, reason(), { kept: delayMs > 0, later: reason })
    if (delayMs === 0) return
    await this.#bell.heardWithin(clock, delayMs)
    if (!this.#left) record.nextStartAt = null
  }

  /** No process and none wanted. */
  #comeToRest(): void {
    const record = this.#record
    const reason = this.#request?.reason ?? 'stopped'
    this.#burials.launched()
    this.#request = null
    this.#finishMs = null
    this.#comesBack = false
    this.#isRestart = false
    this.#bell.answer()
    const wanted = this.#goal === 'hold' ? 'paused' : 'stopped'
    const isHeld = record.state === 'paused' || (record.state === 'error' && this.#goal === 'rest')
    if (record.state === wanted || isHeld) return
    record.move(this.#goal === 'hold' ? 'hold' : 'rest', reason)
  }

  #watchHealth(instance: Instance): void {
    const { clock, policy } = this.#deps
    const leftMs = Math.max(0, policy.healthyAfterMs - instance.uptimeMs)
    this.#unwatchHealth()
    this.#healthTimer = clock.after(
      leftMs,
      () => {
        if (this.#record.instance !== instance || this.#record.state !== 'running') return
        this.#proveHealth()
        if (this.#record.reason !== 'running') this.#record.explain('running')
      },
      { background: true },
    )
  }

  #unwatchHealth(): void {
    this.#healthTimer?.cancel()
    this.#healthTimer = null
  }

  #proveHealth(): void {
    this.#record.history.reset()
    this.#deps.gate.proven(this.#applicant)
    this.#deps.healthy(this.name)
  }

  #noteChange(): void {
    this.#settle()
    this.#deps.changed()
  }

  #isSettled(): boolean {
    if (this.#life === null) return true
    const { state } = this.#record
    const isBetween = this.#bell.rung || state === 'stopped' || state === 'paused'
    return !isBetween && state !== 'starting' && state !== 'stopping'
  }

  #settle(): void {
    if (!this.#isSettled()) return
    for (const resolve of this.#settled.splice(0)) resolve()
  }
}
