import type { WorkerState } from './worker.ts'

/** A worker as far as others depend on it. */
export interface Dependent {
  name: string
  /** Names of workers that must be ready before it starts. */
  dependsOn: readonly string[]
  /** Said by the operator, from 1; null or absent: its depth says. */
  layer?: number | null
}

/** More layers than these tell an operator nothing more; what is deeper boots in the last, each after its own dependencies. */
export const layersMax = 4

/** With a dependency in one of these states a run would work in vain (spec §4). */
export const unhealthyStates = [
  'disabled_by_failure',
  'disabled_by_memory',
  'error',
  'timeout',
  'missing',
] as const satisfies WorkerState[]
export type UnhealthyState = (typeof unhealthyStates)[number]

export interface UnhealthyDependency {
  name: string
  state: UnhealthyState
}

/**
 * The dependencies that keep a run from being worth its while, with the reason of each, in the order of the configuration.
 *
 * @param stateOf a worker's state (of several instances: see `stateOfAll`); undefined: there is no such worker
 */
export function unhealthyDependencies(
  { dependsOn }: Pick<Dependent, 'dependsOn'>,
  stateOf: (name: string) => WorkerState | undefined,
): UnhealthyDependency[] {
  return dependsOn.flatMap((name) => {
    const state = stateOf(name) ?? 'missing'
    return isUnhealthy(state) ? [{ name, state }] : []
  })
}

export function isUnhealthy(state: WorkerState): state is UnhealthyState {
  return unhealthyStates.some((unhealthy) => unhealthy === state)
}

/** From the best to the worst, for a worker of several instances is as good as its best one. */
const bestFirst = [
  'running',
  'starting',
  'stopping',
  'backoff',
  'stopped',
  'paused',
  'timeout',
  'error',
  'disabled_by_memory',
  'disabled_by_failure',
  'missing',
] as const satisfies WorkerState[]

/** The state of a worker by those of its instances; undefined when there are none. */
export function stateOfAll(states: readonly WorkerState[]): WorkerState | undefined {
  return bestFirst.find((state) => states.includes(state))
}

/**
 * A circle of dependencies as the path that closes it (`['A', 'B', 'A']`), the first one found in the order of the
 * configuration; null when there is none. A worker that depends on itself is one: `['A', 'A']`.
 */
export function findCycle(workers: readonly Dependent[]): string[] | null {
  const byName = new Map(workers.map((worker) => [worker.name, worker]))
  const done = new Set<string>()
  const path: string[] = []
  const visit = (name: string): string[] | null => {
    if (done.has(name)) return null
    const from = path.indexOf(name)
    if (from >= 0) return [...path.slice(from), name]
    path.push(name)
    for (const next of byName.get(name)?.dependsOn ?? []) {
      const cycle = visit(next)
      if (cycle !== null) return cycle
    }
    path.pop()
    done.add(name)
    return null
  }
  for (const { name } of workers) {
    const cycle = visit(name)
    if (cycle !== null) return cycle
  }
  return null
}

/** How long the longest chain of dependencies below each worker is; 0: it needs nobody. Circles count as cut. */
export function dependencyDepths(workers: readonly Dependent[]): Map<string, number> {
  return upward(workers, (_, below) => Math.max(0, ...below.map((depth) => depth + 1)))
}

/** In which layer each worker boots, 1 to 4: the one the operator said, else one above the highest of its dependencies. */
export function layersOf(workers: readonly Dependent[]): Map<string, number> {
  return upward(workers, ({ layer }, below) => layer ?? Math.min(layersMax, 1 + Math.max(0, ...below)))
}

/** A dependency that would boot after the one who needs it. */
export interface LayerConflict {
  name: string
  layer: number
  dependency: string
  dependencyLayer: number
}

/** Those whose layer was said and lies below that of one of their dependencies. */
export function layerConflicts(workers: readonly Dependent[]): LayerConflict[] {
  const layers = layersOf(workers)
  return workers.flatMap(({ name, dependsOn }) => {
    const layer = layers.get(name) ?? 1
    return dependsOn.flatMap((dependency) => {
      const dependencyLayer = layers.get(dependency) ?? 1
      return layer < dependencyLayer ? [{ name, layer, dependency, dependencyLayer }] : []
    })
  })
}

/** Works a value out for each worker from those of its dependencies. Unknown names and the way back of a circle count as none. */
function upward(
  workers: readonly Dependent[],
  valueOf: (worker: Dependent, below: readonly number[]) => number,
): Map<string, number> {
  const byName = new Map(workers.map((worker) => [worker.name, worker]))
  const values = new Map<string, number>()
  const begun = new Set<string>()
  const visit = (name: string): number | undefined => {
    const known = values.get(name)
    const worker = byName.get(name)
    if (known !== undefined || worker === undefined || begun.has(name)) return known
    begun.add(name)
    const value = valueOf(
      worker,
      worker.dependsOn.map(visit).filter((one) => one !== undefined),
    )
    values.set(name, value)
    return value
  }
  return new Map(workers.map(({ name }) => [name, visit(name) ?? 0]))
}
