import { messageOf } from '../../../errors.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Logger } from '../../../ports/logger.ts'
import type { ProcessIdentity } from '../../../ports/process-host.ts'
import { readDye } from '../dye.ts'
import { readStat } from '../proc.ts'
import type { ProcessSnapshot } from '../process-snapshot.ts'
import { isStill, sendProven } from '../signal.ts'
import { treeOf } from '../tree.ts'
import type { Cgroups } from './cgroups.ts'

/** After a start or an adoption: a program has started its first children by then, and many starts share one look. */
const soonMs = 250
/** Between two looks at those that fork faster than they are moved, and before what ended by itself is looked for again. */
const againMs = 1000
/** After so many looks a tree stays as it is: found by its dye. */
const looksMax = 10

export interface EnclosureDeps {
  cgroups: Cgroups
  clock: Clock
  logger: Logger
  look(): Promise<ProcessSnapshot>
}

/**
 * Brings trees into cgroups while they run already. To make one and enter it before the start makes each start wait for an RCU
 * grace period (10 to 20 ms measured, on an idle machine too), more than a whole restart takes; so only who has bounds that
 * the kernel keeps does that. A tree of which nothing is outside any more is **sealed**: from then on its cgroup alone tells
 * what is left of it, without a look at any other process.
 */
export class Enclosure {
  readonly #deps: EnclosureDeps
  readonly #open = new Map<string, { identity: ProcessIdentity; looks: number }>()
  readonly #sealed = new Set<string>()
  readonly #ended = new Map<string, ProcessIdentity>()
  #dueAtMs: number | null = null

  constructor(deps: EnclosureDeps) {
    this.#deps = deps
  }

  /** @param isInside it entered its cgroup before it started */
  add(identity: ProcessIdentity, isInside: boolean): void {
    if (isInside) this.#sealed.add(identity.mark)
    else {
      this.#open.set(identity.mark, { identity, looks: 0 })
      this.#in(soonMs)
    }
  }

  /** Its shim has ended: what is not inside by now is found otherwise. */
  leave(mark: string): void {
    this.#open.delete(mark)
  }

  isSealed(mark: string): boolean {
    return this.#sealed.has(mark)
  }

  /**
   * Its cgroup is gone. Where that is all that anybody looked at, nobody waits for a look at whether something left it with the
   * help of others (su, and the session that it makes): what did is ended a second later.
   *
   * @param isLookedFor all processes were looked through for what is left of it
   */
  ended(identity: ProcessIdentity, isLookedFor: boolean): void {
    this.#open.delete(identity.mark)
    if (!this.#sealed.delete(identity.mark) || isLookedFor) return
    this.#ended.set(identity.mark, identity)
    this.#in(againMs)
  }

  #in(delayMs: number): void {
    const { clock } = this.#deps
    const atMs = clock.monotonicMs() + delayMs
    // An earlier look comes; a later one is no use to who is to be enclosed soon.
    if (this.#dueAtMs !== null && this.#dueAtMs <= atMs) return
    this.#dueAtMs = atMs
    clock.after(delayMs, () => void this.#run(atMs), { background: true })
  }

  async #run(atMs: number): Promise<void> {
    if (this.#dueAtMs !== atMs) return
    this.#dueAtMs = null
    if (this.#open.size === 0 && this.#ended.size === 0) return
    const ended = [...this.#ended.values()]
    this.#ended.clear()
    try {
      const snapshot = await this.#deps.look()
      for (const one of this.#open.values()) await this.#enclose(one, snapshot)
      for (const identity of ended) this.#endLeavers(identity, snapshot)
    } catch (error) {
      this.#deps.logger.warn({ error: messageOf(error) }, `cannot fill the cgroups: ${messageOf(error)}`)
    }
    if (this.#open.size > 0) this.#in(againMs)
  }

  async #enclose(
    open: { identity: ProcessIdentity; looks: number },
    snapshot: ProcessSnapshot,
  ): Promise<void> {
    const { cgroups } = this.#deps
    const { identity } = open
    if (open.looks === 0) await cgroups.make(identity.mark, undefined)
    // It may have ended meanwhile, and nobody else would take away what was made too late.
    if (!this.#open.has(identity.mark)) return void (await cgroups.remove(identity.mark))
    const inside = new Set(cgroups.pids(identity.mark))
    const outside = treeOf(snapshot, identity, process.pid).filter(
      ({ pid }) => pid !== identity.pid && !inside.has(pid),
    )
    open.looks += 1
    const isSealed = outside.length === 0 && inside.size > 0
    if (isSealed) this.#sealed.add(identity.mark)
    if (isSealed || open.looks >= looksMax) this.#open.delete(identity.mark)
    for (const entry of outside) {
      if (isStill(entry, readStat(entry.pid), readDye)) await cgroups.enter(identity.mark, entry.pid)
    }
  }

  #endLeavers(identity: ProcessIdentity, snapshot: ProcessSnapshot): void {
    const left = treeOf(snapshot, identity, process.pid).filter((entry) => sendProven(entry, 'SIGKILL'))
    if (left.length === 0) return
    const pids = left.map((entry) => entry.pid).join(', ')
    this.#deps.logger.warn({ mark: identity.mark }, `ended what had left its worker's cgroup: pid ${pids}`)
  }
}
