import type { WorkerDefinition } from '../config/policy.ts'
import { dependencyDepths, stateOfAll, unhealthyDependencies } from '../domain/dependencies.ts'
import { type JrName, jrName } from '../domain/ids.ts'
import type { WorkerState, WorkerView } from '../domain/worker.ts'
import { createSupervisor } from './create-supervisor.ts'
import { FleetStop } from './fleet-stop.ts'
import { createRuns } from './runs/create-runs.ts'
import type { RunFigures, RunsDeps } from './runs/runs.ts'
import type { Supervisor } from './supervisor.ts'

export type FleetDeps = Omit<RunsDeps, 'unhealthy' | 'depthOf'>

/** All workers behind one face: those that are kept running, and those that are run at times. */
export interface Fleet extends Supervisor {
  /** From now on no time is due and no run begins; what is at work goes on. */
  closeSchedules(): void
  /**
   * Asks for a run of a scheduled worker, which waits for those that are on. Answers why not, or null when it is in the
   * execution queue.
   */
  runNow(name: JrName, by: string): string | null
  runFigures(): RunFigures
  /** What is wrong with all of it and is nobody's to mend but an operator's, in plain words; empty: nothing. */
  complaints(): readonly string[]
}

export function createFleet(deps: FleetDeps): Fleet {
  let defined = deps.definitions
  let order = orderOf(deps.definitions)
  let depths = dependencyDepths(deps.definitions)
  const residents = createSupervisor({ ...deps, definitions: residentOnes(deps.definitions) })
  const runs = createRuns({
    ...deps,
    definitions: deps.definitions.filter(isScheduled),
    unhealthy: (definition) => unhealthyDependencies(definition, stateOf),
    depthOf: ({ name }) => depths.get(name) ?? 0,
  })
  const ending = new FleetStop({ residents, runs, clock: deps.clock })

  /** Undefined: it is not configured. One that is, with no instances, rests. */
  function stateOf(name: string): WorkerState | undefined {
    const own = views().filter((view) => view.name === name)
    return stateOfAll(own.map(({ state }) => state)) ?? (order.has(jrName(name)) ? 'stopped' : undefined)
  }

  function views(): WorkerView[] {
    return [...residents.views(), ...runs.views()].sort(
      (a, b) => rank(a.name) - rank(b.name) || a.slot - b.slot,
    )
  }

  /** As in the configuration; those on their way out come last. */
  function rank(name: JrName): number {
    return order.get(name) ?? order.size
  }

  function isRun(name: JrName): boolean {
    return runs.configured().includes(name)
  }

  return {
    complaints: () => [],
    async start() {
      // Living runs are known at once; what is due waits until those are up who need nobody.
      await runs.adopt()
      await residents.start()
      await runs.start()
    },
    stop: (mode, report, finishGraceMs = 0) => ending.stop(mode, report, finishGraceMs, defined),
    views,
    configured: () => [...residents.configured(), ...runs.configured()].sort((a, b) => rank(a) - rank(b)),
    heartbeats: (ages) => residents.heartbeats(ages),
    async command(name, command) {
      const verdict = await (isRun(name) ? runs : residents).command(name, command)
      return verdict.kind === 'not_found' ? { ...verdict, known: this.configured() } : verdict
    },
    async reload(definitions) {
      defined = definitions
      order = orderOf(definitions)
      depths = dependencyDepths(definitions)
      await Promise.all([
        residents.reload(residentOnes(definitions)),
        runs.reload(definitions.filter(isScheduled)),
      ])
    },
    subscribe(listener) {
      const ends = [residents.subscribe(listener), runs.subscribe(listener)]
      return () => {
        for (const end of ends) end()
      }
    },
    async shed(name, reason) {
      await (isRun(name) ? runs : residents).shed(name, reason)
    },
    async letBack(name) {
      await (isRun(name) ? runs : residents).letBack(name)
    },
    breaker: () => residents.breaker(),
    closeSchedules: () => runs.closeSchedules(),
    runNow: (name, by) => runs.runNow(name, by, true),
    runFigures: () => runs.figures(),
  }
}

function isScheduled({ schedule }: WorkerDefinition): boolean {
  return schedule !== undefined
}

/** A scheduled worker is not up or down, so that nobody can wait for it to be ready. */
function residentOnes(definitions: readonly WorkerDefinition[]): WorkerDefinition[] {
  const scheduled = new Set(definitions.filter(isScheduled).map(({ name }) => name))
  const isResident = (name: string): boolean => !scheduled.has(name)
  return definitions
    .filter(({ name }) => isResident(name))
    .map((definition) => without(definition, isResident))
}

function without(definition: WorkerDefinition, isResident: (name: string) => boolean): WorkerDefinition {
  return { ...definition, dependsOn: definition.dependsOn.filter(isResident) }
}

function orderOf(definitions: readonly WorkerDefinition[]): Map<JrName, number> {
  return new Map(definitions.map(({ name }, index) => [jrName(name), index]))
}
