import type { WorkerDefinition } from '../config/policy.ts'
import type { JrName } from '../domain/ids.ts'
import type { WorkerView } from '../domain/worker.ts'
import type { Clock } from '../ports/clock.ts'
import type { StopReport, Supervisor } from './supervisor.ts'

type Stoppable = Pick<Supervisor, 'stop' | 'views'>

/**
 * Ends both halves of a fleet as one. Those who are kept running end at the same time as the runs, unless a run that is on
 * depends on one of them: then they are there until the runs have ended, and have what is left of the grace.
 */
export class FleetStop {
  readonly #deps: { residents: Stoppable; runs: Stoppable; clock: Clock }
  readonly #hurried = Promise.withResolvers<void>()
  #isHurried = false
  #mode: 'stop' | 'leave' = 'stop'
  #ending: Promise<StopReport> | null = null
  #residentsBegan = false
  #residentsOver = false

  constructor(deps: { residents: Stoppable; runs: Stoppable; clock: Clock }) {
    this.#deps = deps
  }

  stop(
    mode: 'stop' | 'leave',
    report: (waitingFor: readonly WorkerView[]) => void,
    finishGraceMs: number,
    definitions: readonly WorkerDefinition[],
  ): Promise<StopReport> {
    if (this.#ending === null) {
      this.#mode = mode
      this.#ending = this.#end(report, finishGraceMs, this.#needed(definitions))
    } else this.#hurry()
    return this.#ending
  }

  async #end(
    report: (waitingFor: readonly WorkerView[]) => void,
    finishGraceMs: number,
    needed: boolean,
  ): Promise<StopReport> {
    const { residents, runs, clock } = this.#deps
    const startedMs = clock.monotonicMs()
    const runsEnd = runs.stop(
      this.#mode,
      // As long as the others are waited for, they tell of all.
      (waitingFor) => (this.#residentsBegan && !this.#residentsOver ? undefined : report(waitingFor)),
      finishGraceMs,
    )
    if (needed && this.#mode === 'stop') await Promise.race([runsEnd, this.#hurried.promise])
    const leftMs = Math.max(0, finishGraceMs - (clock.monotonicMs() - startedMs))
    this.#residentsBegan = true
    const residentsEnd = residents
      .stop(this.#mode, (waitingFor) => report([...waitingFor, ...atWork(runs)]), leftMs)
      .finally(() => {
        this.#residentsOver = true
      })
    if (this.#isHurried) void residents.stop(this.#mode, () => {})
    const ends = await Promise.all([residentsEnd, runsEnd])
    const all = (which: keyof StopReport): JrName[] => ends.flatMap((end) => end[which])
    return { endedThemselves: all('endedThemselves'), forced: all('forced'), left: all('left') }
  }

  #hurry(): void {
    this.#isHurried = true
    this.#hurried.resolve()
    void this.#deps.runs.stop(this.#mode, () => {})
    if (this.#residentsBegan) void this.#deps.residents.stop(this.#mode, () => {})
  }

  /** A run that is on depends on somebody who is kept running, directly or not. */
  #needed(definitions: readonly WorkerDefinition[]): boolean {
    const on = new Set<string>(atWork(this.#deps.runs).map(({ name }) => name))
    return definitions.some(({ name, dependsOn }) => on.has(name) && dependsOn.length > 0)
  }
}

function atWork(runs: Stoppable): WorkerView[] {
  return runs.views().filter(({ instanceId }) => instanceId !== null)
}
