import type { MemoryLevel, MemoryThresholds } from '../memory.ts'

/** What presses: the daemon's own heap against V8's limit, or the workers together against their budget. */
export type MemoryPressure = 'heap' | 'fleet'

/** A worker, all its instances together. */
export interface ShedCandidate {
  name: string
  /** 1 critical, 2 important, 3 normal. Only 3 is ever taken out. */
  priority: number
  rssBytes: number
  /** Whether it has processes, or is about to. */
  isUp: boolean
  /** Whether it is `disabled_by_memory`. */
  isShed: boolean
}

/** A worker that was taken out. */
export interface ShedWorker {
  name: string
  by: MemoryPressure
  /** What it held then. */
  rssBytes: number
  /** How often in a row: it had been let back, and was taken out again before it had been up for `calmMs`. */
  times: number
  shedAtMs: number
  /** Null while it is out. */
  letBackAtMs: number | null
}

export interface FleetMemory {
  heapLevel: MemoryLevel
  fleetLevel: MemoryLevel
  fleetBytes: number
  /** Null: there is none. */
  budgetBytes: number | null
  thresholds: MemoryThresholds
  /** Monotonic. */
  nowMs: number
}

export interface Shedding {
  shed: ShedWorker[]
  letBack: string[]
  /** What is to be remembered for the next look. */
  known: ShedWorker[]
}

/** A worker that did not fit again is tried after this, doubling each time it has to go again … */
const firstRestMs = 600_000
/** … up to this. */
const longestRestMs = 21_600_000
/** Up for so long without having to go, it is forgiven. */
const calmMs = 3_600_000

/**
 * Who goes and who returns.
 *
 * - Heap critical: all of priority 3 go. The heap is the daemon's own, and every worker costs it state, logs and events; which
 *   one costs most cannot be told.
 * - Fleet critical: the largest of priority 3 go, until what is left is below `criticalPercent`.
 * - Both normal: those return that fit. By the fleet's budget that is who, with its former size, leaves it below
 *   `warnPercent`, the smallest first; by the heap, who has not had to go twice within the hour. One that does not fit would
 *   press at once again; but it may have leaked, and be small when new, so one at a time is tried all the same after a rest
 *   of 10 min, doubling up to 6 h as long as it has to go again within the hour.
 *
 * So a fleet that hovers about a threshold changes nothing, and one that is too large for its budget changes ever more rarely.
 */
export function planShedding(
  memory: FleetMemory,
  candidates: readonly ShedCandidate[],
  before: readonly ShedWorker[],
): Shedding {
  const known = remembered(memory, candidates, before)
  const shed = whoGoes(memory, candidates, known)
  if (shed.length > 0) {
    const names = new Set(shed.map(({ name }) => name))
    return { shed, letBack: [], known: [...known.filter(({ name }) => !names.has(name)), ...shed] }
  }
  const letBack = whoReturns(memory, known)
  return {
    shed: [],
    letBack,
    known: known.map((one) => (letBack.includes(one.name) ? returned(one, memory.nowMs) : one)),
  }
}

/** Brought up to date: somebody may have started one by hand, or an earlier daemon taken one out. */
function remembered(
  { nowMs }: FleetMemory,
  candidates: readonly ShedCandidate[],
  before: readonly ShedWorker[],
): ShedWorker[] {
  const byName = new Map(before.map((one) => [one.name, one]))
  return candidates.flatMap(({ name, isShed }) => {
    const one = byName.get(name)
    if (one === undefined) return isShed ? [inherited(name, nowMs)] : []
    if (isShed) return [{ ...one, letBackAtMs: null }]
    const letBackAtMs = one.letBackAtMs ?? nowMs
    return nowMs - letBackAtMs > calmMs ? [] : [{ ...one, letBackAtMs }]
  })
}

function returned(one: ShedWorker, letBackAtMs: number): ShedWorker {
  return { ...one, letBackAtMs }
}

/** Its size is not known: it returns as soon as there is room at all. */
function inherited(name: string, nowMs: number): ShedWorker {
  return { name, by: 'heap', rssBytes: 0, times: 1, shedAtMs: nowMs, letBackAtMs: null }
}

function whoGoes(
  memory: FleetMemory,
  candidates: readonly ShedCandidate[],
  known: readonly ShedWorker[],
): ShedWorker[] {
  const { heapLevel, fleetLevel, fleetBytes, budgetBytes, thresholds } = memory
  const free = candidates
    .filter(({ priority, isUp, isShed }) => priority === 3 && isUp && !isShed)
    .toSorted((one, other) => other.rssBytes - one.rssBytes)
  if (heapLevel === 'critical') return free.map((one) => goes(one, 'heap', memory, known))
  if (fleetLevel !== 'critical' || budgetBytes === null) return []
  const limit = (budgetBytes * thresholds.criticalPercent) / 100
  let left = fleetBytes
  return free.flatMap((one) => {
    if (left < limit || one.rssBytes === 0) return []
    left -= one.rssBytes
    return [goes(one, 'fleet', memory, known)]
  })
}

function goes(
  { name, rssBytes }: ShedCandidate,
  by: MemoryPressure,
  { nowMs }: FleetMemory,
  known: readonly ShedWorker[],
): ShedWorker {
  const earlier = known.find((one) => one.name === name)?.times ?? 0
  return { name, by, rssBytes, times: earlier + 1, shedAtMs: nowMs, letBackAtMs: null }
}

function whoReturns(memory: FleetMemory, known: readonly ShedWorker[]): string[] {
  if (memory.heapLevel !== 'normal' || memory.fleetLevel !== 'normal') return []
  const room = roomOf(memory)
  let taken = 0
  let isTrying = false
  return known
    .filter(({ letBackAtMs }) => letBackAtMs === null)
    .toSorted((one, other) => one.rssBytes - other.rssBytes)
    .flatMap((one) => {
      const fits = one.by === 'heap' ? one.times === 1 : taken + one.rssBytes < room
      const isRested = memory.nowMs - one.shedAtMs >= restMs(one)
      if (!fits && (!isRested || isTrying)) return []
      if (!fits) isTrying = true
      taken += one.rssBytes
      return [one.name]
    })
}

function roomOf({ fleetBytes, budgetBytes, thresholds }: FleetMemory): number {
  return budgetBytes === null ? Infinity : (budgetBytes * thresholds.warnPercent) / 100 - fleetBytes
}

function restMs({ times }: ShedWorker): number {
  return Math.min(longestRestMs, firstRestMs * 2 ** (times - 1))
}
