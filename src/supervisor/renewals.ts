import type { InstanceId } from '../domain/ids.ts'
import type { Clock, Timer } from '../ports/clock.ts'
import type { Slot } from './slot/slot.ts'

const reason = 'its definition changed'

export interface RenewalDeps {
  clock: Clock
  isReady(slot: Slot): boolean
  /** In how long a slot becomes ready by the clock alone; null when it does not. */
  dueInMs(slot: Slot): number | null
  changed(): void
}

/** A slot whose process is to be replaced once those before it have been. */
interface Renewal {
  /** The process that is to go: when another one is there already, nothing is left to do. */
  id: InstanceId | null
  /** The slots that it needs, with the process that each had. */
  after: Map<Slot, InstanceId | null>
  /** By the monotonic clock: longer it does not wait for them. */
  untilMs: number
}

/**
 * Replaces the processes of workers whose definition changed: who is needed first, and those who need it once it is ready again.
 * Until then they work on as they are, which is better than to start anew while what they need is not there.
 */
export class Renewals {
  readonly #deps: RenewalDeps
  readonly #waiting = new Map<Slot, Renewal>()
  #timer: Timer | null = null
  #closed = false

  constructor(deps: RenewalDeps) {
    this.#deps = deps
  }

  renew(slots: readonly Slot[]): void {
    const nowMs = this.#deps.clock.monotonicMs()
    const ids = new Map(slots.map((slot) => [slot, slot.instanceId]))
    for (const slot of slots) {
      const needed = slots.filter((other) => slot.definition.dependsOn.includes(other.name))
      const patienceMs = Math.max(0, ...needed.map(({ definition }) => definition.readyTimeoutMs))
      const after = new Map(needed.map((other) => [other, ids.get(other) ?? null]))
      this.#waiting.set(slot, { id: slot.instanceId, after, untilMs: nowMs + patienceMs })
    }
    this.look()
  }

  /** Why a slot is about to be replaced, in plain words; null: it is not. */
  textOf(slot: Slot): string | null {
    const renewal = this.#waiting.get(slot)
    if (renewal === undefined) return null
    const names = new Set([...this.#lacking(renewal)].map(({ name }) => name))
    if (names.size === 0) return null
    return `${reason}; is restarted when ${[...names].join(' and ')} ${names.size === 1 ? 'is' : 'are'} ready`
  }

  cancel(slot: Slot): void {
    this.#waiting.delete(slot)
  }

  /** Something changed: replaces whose turn it is. */
  look(): void {
    if (this.#closed || this.#waiting.size === 0) return
    const nowMs = this.#deps.clock.monotonicMs()
    for (const [slot, renewal] of this.#waiting) {
      if (slot.instanceId !== renewal.id) this.#waiting.delete(slot)
      else if (nowMs >= renewal.untilMs || this.#lacking(renewal).length === 0) {
        this.#waiting.delete(slot)
        slot.renew(reason)
      }
    }
    this.#arm(nowMs)
  }

  close(): void {
    this.#closed = true
    this.#waiting.clear()
    this.#timer?.cancel()
  }

  /** Those that have not been replaced yet, or are not ready again. */
  #lacking({ after }: Renewal): Slot[] {
    const isBack = (slot: Slot, id: InstanceId | null) => slot.instanceId !== id && this.#deps.isReady(slot)
    return [...after].filter(([slot, id]) => !isBack(slot, id)).map(([slot]) => slot)
  }

  #arm(nowMs: number): void {
    this.#timer?.cancel()
    this.#timer = null
    if (this.#waiting.size === 0) return
    const renewals = [...this.#waiting.values()]
    const dues = renewals
      .flatMap(({ after }) => [...after.keys()])
      .map((slot) => this.#deps.dueInMs(slot))
      .filter((dueMs) => dueMs !== null)
    const waitMs = Math.min(...renewals.map(({ untilMs }) => untilMs - nowMs), ...dues)
    this.#timer = this.#deps.clock.after(Math.max(1, waitMs), () => this.#due(), { background: true })
  }

  #due(): void {
    this.look()
    this.#deps.changed()
  }
}
