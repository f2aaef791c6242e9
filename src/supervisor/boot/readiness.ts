import { isDeepStrictEqual } from 'node:util'
import type { ReadyCheck, WorkerDefinition } from '../../config/policy.ts'
import type { InstanceId, JrName } from '../../domain/ids.ts'
import { messageOf } from '../../errors.ts'
import type { StateStore } from '../../ports/state-store.ts'
import type { Logger } from '../../ports/logger.ts'
import { waitText } from '../slot/exit-text.ts'
import type { LogStarts } from './log-starts.ts'
import { type WatchDeps, watchReadiness } from './readiness-watch.ts'
import type { Slot } from '../slot/slot.ts'
import type { SlotBook } from '../slot/slot-book.ts'

export interface ReadinessDeps extends WatchDeps {
  store: StateStore
  logger: Logger
  book: SlotBook
  logStarts: LogStarts
  environment(definition: WorkerDefinition, instanceId: InstanceId): Record<string, string>
  /** A process became ready, or is not for another reason than before. */
  changed(): void
}

/** Whether others may count on a process, and since when (epoch milliseconds), else why not yet. */
export type Ready = { ready: true; since: number } | { ready: false; why: string }

/** One process and what is known of its readiness. */
interface Entry {
  id: InstanceId
  check: ReadyCheck
  /** By the monotonic clock, when the process was started. */
  bornMs: number
  since: number | null
  why: string
  ended: AbortController
}

/** Instances that were ready when they were last saved, so that the next daemon, who adopts them, need not find out again. */
const storeKey = 'supervisor.ready'
/** Those that become ready together are saved together. */
const saveMs = 200
/** A check is killed within milliseconds; one that hangs in its start is left to the next daemon. */
const closeMs = 2_000

/**
 * Knows of each process whether it is ready (spec §4, Boot). Ready once is ready for as long as it lives: who falls silent
 * later is restarted, and begins anew. Delays and heartbeats cost nothing: only ports, commands and logs are probed.
 */
export class Readiness {
  readonly #deps: ReadinessDeps
  readonly #entries = new Map<Slot, Entry>()
  /** Those of them whose first heartbeat is waited for. */
  readonly #unbeaten = new Map<Slot, Entry>()
  readonly #earlier: ReadonlySet<string>
  readonly #watching = new Set<Promise<void>>()
  #saving: { cancel(): void } | null = null
  #closed = false

  constructor(deps: ReadinessDeps) {
    this.#deps = deps
    const kept = deps.store.get(storeKey)
    this.#earlier = new Set(Array.isArray(kept) ? kept.filter((id) => typeof id === 'string') : [])
  }

  /** Takes note of what a slot runs now. Cheap: called at each change. */
  look(slot: Slot): void {
    const id = slot.state === 'running' ? slot.instanceId : null
    const known = this.#entries.get(slot)
    if (id === null || this.#closed) return this.#drop(slot, known)
    const { ready: check } = slot.definition
    if (known?.id !== id) {
      this.#drop(slot, known)
      this.#begin(slot, id, check)
    } else if (known.since === null && known.check !== check && !isDeepStrictEqual(known.check, check)) {
      known.ended.abort()
      this.#begin(slot, id, check)
    }
    this.#hearBeat(slot)
  }

  of(slot: Slot): Ready {
    const entry = this.#entries.get(slot)
    if (entry === undefined || slot.state !== 'running') return { ready: false, why: downText(slot) }
    if (entry.since !== null) return { ready: true, since: entry.since }
    const { check } = entry
    if (check.kind !== 'delay') return { ready: false, why: entry.why }
    const dueMs = entry.bornMs + check.delayMs - this.#deps.clock.monotonicMs()
    if (dueMs > 0) return { ready: false, why: `up for less than ${waitText(check.delayMs)}` }
    return { ready: true, since: this.#deps.clock.wallMs() + dueMs }
  }

  /** In how many milliseconds a slot becomes ready by the clock alone; null when time is not what it lacks. */
  dueInMs(slot: Slot): number | null {
    const entry = this.#entries.get(slot)
    if (entry?.check.kind !== 'delay' || entry.since !== null) return null
    const dueMs = entry.bornMs + entry.check.delayMs - this.#deps.clock.monotonicMs()
    return dueMs > 0 ? dueMs : null
  }

  /** Somebody has yet to beat for the first time, and is not late with it. */
  get awaitsBeat(): boolean {
    const nowMs = this.#deps.clock.monotonicMs()
    return [...this.#unbeaten].some(
      ([{ definition }, { bornMs }]) => nowMs - bornMs < definition.readyTimeoutMs,
    )
  }

  /** Ends all probes; settles when nothing of them is left, or when that takes too long. */
  async close(): Promise<void> {
    this.#closed = true
    for (const { ended } of this.#entries.values()) ended.abort()
    if (this.#saving !== null) this.#save()
    const ended = new AbortController()
    const over = this.#deps.clock.sleep(closeMs, ended.signal).catch(() => {})
    await Promise.race([Promise.all(this.#watching), over])
    ended.abort()
  }

  #begin(slot: Slot, id: InstanceId, check: ReadyCheck): void {
    const { clock } = this.#deps
    const startedAt = slot.view().startedAt ?? clock.wallMs()
    const uptimeMs = Math.max(0, clock.wallMs() - startedAt)
    const entry: Entry = {
      id,
      check,
      bornMs: clock.monotonicMs() - uptimeMs,
      since: this.#earlier.has(id) ? clock.wallMs() : null,
      why: check.kind === 'heartbeat' ? 'no heartbeat yet' : 'not looked at yet',
      ended: new AbortController(),
    }
    this.#entries.set(slot, entry)
    this.#unbeaten.delete(slot)
    if (entry.since === null && check.kind === 'heartbeat') this.#unbeaten.set(slot, entry)
    const isProbed = check.kind === 'port' || check.kind === 'command' || check.kind === 'log'
    if (entry.since === null && isProbed) this.#watch(slot, entry)
  }

  #watch(slot: Slot, entry: Entry): void {
    const { definition } = slot
    const { logFile, adopted } = slot.view()
    const watching = watchReadiness(
      this.#deps,
      entry.check,
      {
        definition,
        env: this.#deps.environment(definition, entry.id),
        instanceId: entry.id,
        adopted,
        logFile,
        logOffset: this.#deps.logStarts.of(entry.id),
      },
      (why) => {
        if (entry.why === why) return
        entry.why = why
        this.#deps.changed()
      },
      entry.ended.signal,
    )
      .then((why) => {
        if (why === null && !entry.ended.signal.aborted) this.#mark(slot, entry)
      })
      .catch((error: unknown) => {
        entry.why = messageOf(error)
        this.#deps.logger.error(
          { error: messageOf(error) },
          `cannot tell whether ${slot.name} is ready: ${messageOf(error)}`,
        )
      })
      .finally(() => this.#watching.delete(watching))
    this.#watching.add(watching)
  }

  #hearBeat(slot: Slot): void {
    const entry = this.#unbeaten.get(slot)
    if (entry !== undefined && slot.view().heartbeatAgeMs !== null) this.#mark(slot, entry)
  }

  #mark(slot: Slot, entry: Entry): void {
    const { book, clock } = this.#deps
    entry.since = clock.wallMs()
    this.#unbeaten.delete(slot)
    const label = labelOf(slot.name, slot.number)
    const tookMs = Math.max(0, clock.monotonicMs() - entry.bornMs)
    book.tell('worker.ready', 'info', slot.name, `${label} is ready, ${waitText(tookMs)} after its start`, {
      slot: slot.number,
      instanceId: entry.id,
      by: entry.check.kind,
    })
    this.#saving ??= clock.after(saveMs, () => this.#save(), { background: true })
    this.#deps.changed()
  }

  #save(): void {
    this.#saving?.cancel()
    this.#saving = null
    const ready = [...this.#entries.values()].filter(({ since }) => since !== null).map(({ id }) => id)
    try {
      this.#deps.store.put(storeKey, ready)
    } catch (error) {
      this.#deps.logger.error({ error: messageOf(error) }, `cannot save who is ready: ${messageOf(error)}`)
    }
  }

  #drop(slot: Slot, entry: Entry | undefined): void {
    if (entry === undefined) return
    entry.ended.abort()
    this.#deps.logStarts.forget(entry.id)
    this.#entries.delete(slot)
    this.#unbeaten.delete(slot)
  }
}

/** As an operator knows an instance. */
export function labelOf(name: JrName, number: number): string {
  return number === 1 ? name : `${name} #${number}`
}

function downText(slot: Slot): string {
  const state = slot.state === 'backoff' ? 'down' : slot.state
  return `it is ${state}: ${slot.view().reason}`
}
