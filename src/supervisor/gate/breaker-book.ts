import { type Breaker, breakerStates, closedBreaker, shifted } from '../../domain/breaker.ts'
import { type JrName, jrName } from '../../domain/ids.ts'
import type { Json } from '../../domain/task.ts'
import { messageOf } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { StateStore } from '../../ports/state-store.ts'

/** A breaker with what it is about. */
export interface KeptBreaker {
  breaker: Breaker
  /** Of the worker that failed: a changed one starts afresh. Empty for the fleet's. */
  definitionHash: string
  /** The slot that probes, or did when this was written; null when there is no probe. */
  probe: { name: string; slot: number } | null
  /** What opened it, in plain words. */
  tripped: string
  /** The last failure, in plain words. */
  lastFailure: string
}

export interface KeptBreakers {
  fleet: KeptBreaker
  workers: Map<JrName, KeptBreaker>
}

const storeKey = 'supervisor.breakers'
/** Failures of the same moment are written together. A daemon that dies within it forgets these, no breaker's state. */
const laterMs = 20
/** Workers of a configuration. */
const workersMax = 10_000

/**
 * Keeps the breakers over restarts of the daemon. Their times are of the machine's monotonic clock, so that nobody who sets
 * the wall clock trips or frees one; after a reboot the time in between counts as none.
 */
export class BreakerBook {
  readonly #store: StateStore
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #content: () => KeptBreakers
  #timer: { cancel(): void } | null = null

  constructor(
    deps: { store: StateStore; clock: Clock; logger: Logger },
    /** What there is to keep, at the moment it is written. */
    content: () => KeptBreakers,
  ) {
    this.#store = deps.store
    this.#clock = deps.clock
    this.#logger = deps.logger
    this.#content = content
  }

  /** What an earlier daemon kept; whatever has not the right form is left out. */
  read(): KeptBreakers {
    const kept = this.#store.get(storeKey)
    const fleet = keptBreaker({ breaker: closedBreaker })
    if (!isObject(kept)) return { fleet, workers: new Map() }
    const savedAtMs = typeof kept['atMs'] === 'number' ? kept['atMs'] : 0
    // A clock that is behind what was written has been started anew: only the ages of the times still mean something.
    const byMs = Math.min(0, this.#clock.monotonicMs() - savedAtMs)
    const workers = new Map<JrName, KeptBreaker>()
    for (const [name, value] of entriesOf(kept['workers'])) {
      const one = parsed(value, byMs)
      if (one !== null) workers.set(jrName(name), one)
    }
    return { fleet: parsed(kept['fleet'] ?? null, byMs) ?? fleet, workers }
  }

  /** A breaker opened or closed. */
  writeNow(): void {
    this.#timer?.cancel()
    this.#timer = null
    try {
      this.#store.put(storeKey, this.#document())
    } catch (error) {
      this.#logger.error({ error: messageOf(error) }, `cannot save the breakers: ${messageOf(error)}`)
    }
  }

  /** One failure more; not at the cost of the restart that follows. */
  writeSoon(): void {
    this.#timer ??= this.#clock.after(laterMs, () => this.writeNow(), { background: true })
  }

  /** Writes what is still to be written. */
  flush(): void {
    if (this.#timer !== null) this.writeNow()
  }

  #document(): Json {
    const { fleet, workers } = this.#content()
    const told = [...workers].filter(
      ([, { breaker }]) => breaker.state !== 'closed' || breaker.failures.length > 0,
    )
    return {
      atMs: this.#clock.monotonicMs(),
      fleet: json(fleet),
      workers: told.slice(-workersMax).map(([name, kept]) => [name, json(kept)]),
    }
  }
}

export function keptBreaker(some: Partial<KeptBreaker> & { breaker: Breaker }): KeptBreaker {
  return { definitionHash: '', probe: null, tripped: '', lastFailure: '', ...some }
}

function json({ breaker, ...rest }: KeptBreaker): Json {
  return { ...rest, ...breaker, failures: [...breaker.failures] }
}

/** The breaker as it was, or null where this is none. */
function parsed(value: Json, byMs: number): KeptBreaker | null {
  if (!isObject(value)) return null
  const state = breakerStates.find((known) => known === value['state'])
  const { failures, openings, probeAtMs, definitionHash, tripped, lastFailure } = value
  if (state === undefined || !Array.isArray(failures) || !failures.every(isTime)) return null
  const breaker: Breaker = {
    state,
    failures,
    openings: isTime(openings) && openings >= 0 ? openings : 0,
    // An open one without a time would never be let through.
    probeAtMs: state !== 'open' ? null : isTime(probeAtMs) ? probeAtMs : 0,
  }
  return keptBreaker({
    breaker: shifted(breaker, byMs),
    definitionHash: textOf(definitionHash),
    probe: probeOf(value['probe']),
    tripped: textOf(tripped),
    lastFailure: textOf(lastFailure),
  })
}

function probeOf(value: Json | undefined): KeptBreaker['probe'] {
  if (!isObject(value)) return null
  const { name, slot } = value
  return typeof name === 'string' && typeof slot === 'number' ? { name, slot } : null
}

function entriesOf(value: Json | undefined): [string, Json][] {
  if (!Array.isArray(value)) return []
  return value.flatMap((pair): [string, Json][] => {
    const [name, kept] = Array.isArray(pair) ? pair : []
    return typeof name === 'string' && kept !== undefined ? [[name, kept]] : []
  })
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
