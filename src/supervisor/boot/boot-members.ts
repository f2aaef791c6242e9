import type { WorkerDefinition } from '../../config/policy.ts'
import type { BootMember, Standing } from '../../domain/boot.ts'
import { isUnhealthy, layersOf, stateOfAll } from '../../domain/dependencies.ts'
import { type JrName, jrName } from '../../domain/ids.ts'
import type { Readiness } from './readiness.ts'
import type { Slot } from '../slot/slot.ts'

/** What the boot asks of the roster. */
export interface BootRoster {
  definitions(): readonly WorkerDefinition[]
  of(name: JrName): readonly Slot[]
}

/** Who takes part in the boot: layers and dependencies as they are defined, and how far everybody has come. */
export class BootMembers {
  readonly #roster: BootRoster
  readonly #readiness: Readiness
  #members = new Map<string, BootMember>()
  #definitions = new Map<string, WorkerDefinition>()
  #highestLayer = 1

  constructor(roster: BootRoster, readiness: Readiness) {
    this.#roster = roster
    this.#readiness = readiness
  }

  /** Reads the definitions again. */
  redefine(): void {
    const definitions = this.#roster.definitions()
    const layers = layersOf(definitions)
    this.#definitions = new Map(definitions.map((definition) => [definition.name, definition]))
    this.#members = new Map(
      definitions.map(({ name, dependsOn }) => [name, { name, dependsOn, layer: layers.get(name) ?? 1 }]),
    )
    this.#highestLayer = Math.max(1, ...layers.values())
  }

  get all(): BootMember[] {
    return [...this.#members.values()]
  }

  get highestLayer(): number {
    return this.#highestLayer
  }

  of({ name, definition }: Slot): BootMember {
    return this.#members.get(name) ?? { name, dependsOn: definition.dependsOn, layer: 1 }
  }

  layerOf(name: string): number {
    return this.#members.get(name)?.layer ?? 1
  }

  /** How long the most patient of these workers may take to be ready. */
  patienceMs(names: readonly string[]): number {
    return Math.max(0, ...names.map((name) => this.#definitions.get(name)?.readyTimeoutMs ?? 0))
  }

  /** In how long the first one becomes ready by the clock alone; infinite when nobody does. */
  nextDueMs(): number {
    const slots = this.all.flatMap(({ name }) => this.#roster.of(jrName(name)))
    const dues = slots.map((slot) => this.#readiness.dueInMs(slot))
    return Math.min(...dues.filter((dueMs) => dueMs !== null))
  }

  /**
   * How far a worker has come: as far as the one of its instances that is furthest. Undefined for one that is not kept running
   * here: a scheduled worker, whose health its dependents' runs ask for.
   *
   * @param waiting how a slot stands that waits for its start; undefined: it does not wait
   */
  standingOf(name: string, waiting: (slot: Slot) => Standing | undefined): Standing | undefined {
    if (!this.#definitions.has(name)) return undefined
    const slots = this.#roster.of(jrName(name))
    const [first] = slots
    if (first === undefined) return { kind: 'out', why: 'it has no instances' }
    if (slots.some((slot) => this.#readiness.of(slot).ready || isDone(slot))) return { kind: 'ready' }
    if (slots.every((slot) => waiting(slot) !== undefined)) return waiting(first)
    return this.#standingOfStarted(slots.filter((slot) => waiting(slot) === undefined))
  }

  #standingOfStarted(slots: readonly Slot[]): Standing {
    const state = stateOfAll(slots.map((slot) => slot.state)) ?? 'stopped'
    const best = slots.find((slot) => slot.state === state)
    const ready = best === undefined ? null : this.#readiness.of(best)
    const why = ready === null || ready.ready ? `it is ${state}` : ready.why
    const isOut = isUnhealthy(state) || state === 'stopped' || state === 'paused'
    return { kind: isOut ? 'out' : 'coming', why }
  }
}

/** It did what it was for: no restart is due after a clean end. */
function isDone(slot: Slot): boolean {
  return (
    slot.state === 'stopped' &&
    slot.definition.restart !== 'always' &&
    slot.view().reason === 'exited cleanly'
  )
}
