import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { WorkerDefinition } from '../../../src/config/policy.ts'
import type { Supervisor } from '../../../src/supervisor/supervisor.ts'
import { type World, supervisorIn, worker, world } from '../setup.ts'

const names = ['A', 'B', 'C', 'D', 'E'] as const
const portOf = (name: string): number => 8_000 + names.findIndex((one) => one === name)

/** Each may need earlier ones; a third of them are ready by time, the others by a port. */
const fleet: fc.Arbitrary<WorkerDefinition[]> = fc.tuple(
  ...names.map((name, index) =>
    fc
      .record({
        dependsOn: fc.subarray(names.slice(0, index), { maxLength: Math.min(2, index) }),
        instances: fc.constantFrom(1, 1, 2),
        byPort: fc.constantFrom(true, true, false),
        readyTimeoutMs: fc.constantFrom(5_000, 60_000),
      })
      .map(({ byPort, ...rest }) =>
        worker({
          ...rest,
          name,
          command: [name],
          ready: byPort
            ? { kind: 'port', host: '127.0.0.1', port: portOf(name), everyMs: 1_000 }
            : { kind: 'delay', delayMs: 1_000 },
        }),
      ),
  ),
)

type Step =
  | { kind: 'open' | 'close' | 'exit'; name: string }
  | { kind: 'pass'; ms: number }
  /** All end at once, and no port is open. */
  | { kind: 'crash' | 'reload' | 'fall' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('open'), name: fc.constantFrom(...names) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('close'), name: fc.constantFrom(...names) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('exit'), name: fc.constantFrom(...names) }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('pass'), ms: fc.constantFrom(0, 100, 3_000, 30_000) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reload') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fall') }) },
)

/** Sees each start, and what its dependencies were like at that moment. */
class Simulation {
  readonly on: World = world()
  readonly #fleet: WorkerDefinition[]
  supervisor: Supervisor
  /** Those that this daemon has started or adopted: from then on a wait is bounded. */
  #known = new Set<string>()
  readonly tooEarly: string[] = []

  constructor(definitions: WorkerDefinition[]) {
    this.#fleet = definitions
    const { machine } = this.on
    const launch = machine.launch.bind(machine)
    machine.launch = (spec) => {
      this.#sawStart(spec.command[0])
      return launch(spec)
    }
    this.supervisor = this.#boot()
  }

  take(taken: Step): void {
    switch (taken.kind) {
      case 'open':
        return void this.on.probe.open.add(`127.0.0.1:${portOf(taken.name)}`)
      case 'close':
        return void this.on.probe.open.delete(`127.0.0.1:${portOf(taken.name)}`)
      case 'exit':
        return this.on.machine.exit(this.#markOf(taken.name), 1)
      case 'crash':
        this.on.machine.daemonDies()
        this.supervisor = this.#boot()
        return
      case 'reload':
        return void this.supervisor.reload(this.#fleet.map((one) => ({ ...one, priority: 1 })))
      case 'fall':
        this.on.probe.open.clear()
        for (const name of names) this.on.machine.exit(this.#markOf(name), 1)
        return
      case 'pass':
        return
      default:
        taken satisfies never
    }
  }

  #boot(): Supervisor {
    const living = new Set([...this.on.machine.processes.values()].map(({ mark }) => mark))
    this.#known = new Set(
      this.on.machine.spawned.filter(({ mark }) => living.has(mark)).map(({ command }) => command[0]),
    )
    // No breaker opens, so that at the end everybody comes up.
    const supervisor = supervisorIn(this.on, this.#fleet, { breakerFailures: 1_000, fleetRestarts: 1_000 })
    void supervisor.start()
    return supervisor
  }

  #markOf(name: string): string {
    return this.supervisor.views().find((view) => view.name === name)?.instanceId ?? ''
  }

  #sawStart(name: string): void {
    if (this.#known.has(name)) return
    this.#known.add(name)
    const views = this.supervisor.views()
    const isReady = (other: string) => views.some((view) => view.name === other && view.ready === true)
    const needs = this.#fleet.find((one) => one.name === name)?.dependsOn ?? []
    for (const other of needs) if (!isReady(other)) this.tooEarly.push(`${name} before ${other}`)
  }
}

test('whatever opens, closes, ends and dies: nobody boots before whom it needs, and everybody comes up in the end', async () => {
  await fc.assert(
    fc.asyncProperty(fleet, fc.array(step, { maxLength: 30, size: 'max' }), async (definitions, steps) => {
      const simulation = new Simulation(definitions)
      const { on } = simulation
      for (const taken of steps) {
        simulation.take(taken)
        await on.clock.advance(taken.kind === 'pass' ? taken.ms : 0)
      }
      expect(simulation.tooEarly).toEqual([])
      for (const name of names) simulation.take({ kind: 'open', name })
      await on.clock.advance(900_000)
      for (const view of simulation.supervisor.views())
        expect(view).toMatchObject({ state: 'running', ready: true, waitsFor: null })
      expect(simulation.tooEarly).toEqual([])
      const stopping = simulation.supervisor.stop('stop', () => {}, 30_000)
      await on.clock.advance(60_000)
      expect(await stopping).toMatchObject({ forced: [], left: [] })
      expect(on.machine.processes.size).toBe(0)
      expect(on.clock.pending).toBe(0)
    }),
    { numRuns: 25 },
  )
}, 60_000)
