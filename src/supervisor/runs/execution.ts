import type { SupervisorPolicy, WorkerDefinition } from '../../config/policy.ts'
import { type InstanceId, type JrName, jrName } from '../../domain/ids.ts'
import type { RunEnding } from '../../domain/runs/run-ending.ts'
import { type WorkerEvent, type WorkerState, nextWorkerState } from '../../domain/worker.ts'
import { BugError, messageOf } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { HostedProcess, ProcessExit, ProcessHost, SpawnSpec } from '../../ports/process-host.ts'
import { askToEnd, kill } from '../slot/ask-to-end.ts'
import { clearTree, leftoverGrace } from '../slot/clear-tree.ts'
import { Doorbell } from '../slot/doorbell.ts'
import { exitText, waitText } from '../slot/exit-text.ts'
import { Instance } from '../slot/instance.ts'
import { lacksSomething } from '../slot/lacks-something.ts'
import { startProcess } from '../slot/start-process.ts'

export interface ExecutionDeps {
  host: ProcessHost
  clock: Clock
  policy: Pick<SupervisorPolicy, 'startDeadlineMs'>
  /** Its state, or what is known of its process, has changed. */
  changed(): void
  /** The tree of this instance is gone. Never throws. */
  died(instanceId: InstanceId, name: JrName, cause: string): void
}

/** How one try ended. Null in place of it: it was let go of, and goes on without us. */
export interface ExecutionEnd {
  ending: RunEnding
  /** In plain words, what the worker did: `exited with code 3`. */
  text: string
}

interface EndRequest {
  kind: 'timed_out' | 'stopped' | 'shed' | 'cut_off'
  reason: string
  /** It may finish by itself for so long before it is asked to end. */
  finishMs: number
}

/** What an end that was asked for does to the state. */
const askedEvents = {
  timed_out: 'expire',
  stopped: 'rest',
  shed: 'fail',
  cut_off: 'fail',
} as const satisfies Record<EndRequest['kind'], WorkerEvent>

/** One try at a run: launch → attend → end the tree. Others ask it to end and ring; only its life acts. */
export class Execution {
  readonly id: InstanceId
  readonly name: JrName
  readonly definition: WorkerDefinition
  readonly #deps: ExecutionDeps
  readonly #bell = new Doorbell()
  readonly #hurry = new AbortController()
  #state: WorkerState = 'stopped'
  #reason = ''
  #request: EndRequest | null = null
  #instance: Instance | null = null
  readonly #started = Promise.withResolvers<void>()
  readonly #letGo = new AbortController()
  #forced = false

  constructor(deps: ExecutionDeps, id: InstanceId, definition: WorkerDefinition) {
    this.#deps = deps
    this.id = id
    this.definition = definition
    this.name = jrName(definition.name)
  }

  get state(): WorkerState {
    return this.#state
  }

  get reason(): string {
    return this.#reason
  }

  /** Null before its process is there. */
  get instance(): Instance | null {
    return this.#instance
  }

  /** Somebody of its tree had to be killed. */
  get forced(): boolean {
    return this.#forced
  }

  /** Let go of: something of it may live. */
  get left(): boolean {
    return this.#letGo.signal.aborted
  }

  /** Settles when it is no longer starting. */
  get started(): Promise<void> {
    return this.#started.promise
  }

  /** Starts its process and stays with it to the end. */
  async begin(spec: SpawnSpec, reason: string): Promise<ExecutionEnd | null> {
    this.#move('start', reason)
    try {
      const late = (failed: string | null): void => this.#cameLate(failed)
      const spawned = await startProcess({ ...this.#deps, hurry: this.#hurry.signal, late }, spec)
      this.#have(spawned, null)
    } catch (error) {
      return this.#notStarted(error)
    }
    this.#move('up', reason)
    return await this.#attend()
  }

  /** Takes over what an earlier daemon began: a living process, or one whose end has yet to be dealt with. */
  async adopt(
    hosted: HostedProcess,
    living: boolean,
    started: { wallMs: number; monoMs: number },
  ): Promise<ExecutionEnd | null> {
    this.#have(hosted, started)
    this.#move('adopt', 'adopted from an earlier daemon')
    if (!living) this.#move('end', 'ended while no daemon ran; ending what is left of it')
    return await this.#attend()
  }

  /** It is to end; the first reason stands, the shorter patience too. */
  end(kind: EndRequest['kind'], reason: string, finishMs = 0): void {
    this.#request ??= { kind, reason, finishMs }
    this.#bell.ring()
  }

  /** What is being waited for is not waited for any longer. */
  hurry(): void {
    this.#hurry.abort()
    this.#bell.ring()
  }

  leave(): void {
    this.#letGo.abort()
    this.#bell.ring()
  }

  async sample(): Promise<void> {
    const instance = this.#instance
    const usage = instance === null ? null : await this.#deps.host.usage(instance.identity)
    if (usage !== null && this.#instance === instance) instance?.noteUsage(usage)
  }

  /** @param started when, for one of an earlier daemon */
  #have(process: HostedProcess, started: { wallMs: number; monoMs: number } | null): void {
    const { clock } = this.#deps
    const what = { id: this.id, process, definition: this.definition, adopted: started !== null }
    this.#instance = new Instance(clock, what, started)
  }

  #notStarted(error: unknown): ExecutionEnd {
    const isMissing = lacksSomething(error)
    this.#move(isMissing ? 'lack' : 'end', messageOf(error))
    if (!isMissing) this.#move('fail', messageOf(error))
    return { ending: { kind: isMissing ? 'missing' : 'unstarted' }, text: messageOf(error) }
  }

  /** A start that failed late left nothing behind. */
  #cameLate(failed: string | null): void {
    if (failed === null) this.#deps.died(this.id, this.name, 'was started too late')
  }

  async #attend(): Promise<ExecutionEnd | null> {
    const instance = this.#present()
    const timeUp = this.#armTimeout(instance)
    const ended = await Promise.race([instance.process.exited, this.#bell.heard().then(() => null)])
    timeUp?.cancel()
    if (this.left) return null
    this.#bell.answer()
    const { exit, asked } =
      ended === null ? await this.#endProcess(instance) : { exit: ended, asked: null as EndRequest | null }
    if (this.left) return null
    if (this.#state === 'running') this.#move('end', `${exitText(exit)}; ending what is left of it`)
    if (!(await this.#clearTree(instance))) return null
    return this.#over(exit, asked)
  }

  #over(exit: ProcessExit, asked: EndRequest | null): ExecutionEnd {
    const text = asked === null ? exitText(exit) : asked.reason
    this.#instance = null
    this.#deps.died(this.id, this.name, text)
    if (asked !== null) {
      this.#move(askedEvents[asked.kind], text)
      return { ending: { kind: asked.kind }, text }
    }
    this.#move(exit.code === 0 ? 'rest' : 'fail', text)
    return { ending: { kind: 'exited', code: exit.code }, text }
  }

  #armTimeout(instance: Instance): { cancel(): void } | null {
    const timeoutMs = this.definition.schedule?.timeoutMs ?? null
    if (timeoutMs === null) return null
    return this.#deps.clock.after(Math.max(0, timeoutMs - instance.uptimeMs), () =>
      this.end('timed_out', `was not done within ${waitText(timeoutMs)}`),
    )
  }

  /** `asked` null: it ended by itself, while it was given the time to. */
  async #endProcess(instance: Instance): Promise<{ exit: ProcessExit; asked: EndRequest | null }> {
    const request = this.#request ?? { kind: 'cut_off', reason: 'was hurried', finishMs: 0 }
    if (request.finishMs > 0) {
      const exit = await this.#finishing(instance, request.finishMs)
      if (exit !== null) return { exit, asked: null }
    }
    this.#move('end', request.reason)
    return { exit: await this.#askThenKill(instance), asked: request }
  }

  async #askThenKill(instance: Instance): Promise<ProcessExit> {
    const { stopGraceMs } = instance.definition
    const hurry = this.#hurry.signal
    try {
      const patience = { finishMs: stopGraceMs / 2, endMs: stopGraceMs / 2 }
      const exit = await askToEnd(this.#deps, instance, patience, hurry)
      if (exit !== null) return exit
      this.#forced = true
      return await kill(this.#deps, instance, hurry)
    } catch {
      // The machine would not let us signal or look: what follows tries again until nothing is left.
      return { code: null, signal: null, source: 'unknown' }
    }
  }

  /** Null when it is still at work after `finishMs`, or somebody hurries. */
  async #finishing(instance: Instance, finishMs: number): Promise<ProcessExit | null> {
    const over = new AbortController()
    const cut = AbortSignal.any([this.#hurry.signal, over.signal])
    const timeUp = this.#deps.clock.sleep(finishMs, cut).then(
      () => null,
      () => null,
    )
    const exit = await Promise.race([instance.process.exited, timeUp])
    over.abort()
    return exit
  }

  /** Nothing of a run outlives it. False when we were told to let go before it was gone. */
  async #clearTree({ identity, definition }: Instance): Promise<boolean> {
    const { gone, forced } = await clearTree(this.#deps, identity, {
      graceMs: leftoverGrace(definition),
      hurry: this.#hurry.signal,
      letGo: this.#letGo.signal,
      stuck: (trouble) => this.#move('end', trouble),
    })
    this.#forced ||= forced
    // Hurried: the next daemon may deal with it.
    if (!gone) this.#letGo.abort()
    return gone
  }

  #present(): Instance {
    if (this.#instance === null) throw new BugError(`a run of ${this.name} has no process`)
    return this.#instance
  }

  /** The only way from state to state. */
  #move(event: WorkerEvent, reason: string): void {
    const next = nextWorkerState(this.#state, event)
    if (next === undefined) throw new BugError(`a run that is ${this.#state} cannot ${event}`)
    this.#state = next
    this.#reason = reason
    if (next !== 'starting') this.#started.resolve()
    this.#deps.changed()
  }
}
