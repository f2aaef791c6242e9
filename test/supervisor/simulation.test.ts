import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SupervisorPolicy, WorkerDefinition } from '../../src/config/policy.ts'
import { jrName } from '../../src/domain/ids.ts'
import type { Supervisor, WorkerCommand } from '../../src/supervisor/supervisor.ts'
import { type World, supervisorIn, worker, world } from './setup.ts'

type Step =
  | { kind: 'pass'; ms: number }
  | { kind: 'exit'; which: number; code: number }
  | { kind: 'kill'; which: number }
  | { kind: 'program'; program: 'gone' | 'deaf' | 'littering' | 'quick' | 'slow' | 'plain' }
  | { kind: 'release' }
  | { kind: 'command'; worker: number; command: WorkerCommand }
  | { kind: 'reload'; version: number; workers: number; instances: number }
  | { kind: 'memory'; worker: number; shed: boolean }
  | { kind: 'jump'; ms: number }
  | { kind: 'crash' }
  | { kind: 'handOver' }

const which = fc.nat({ max: 20 })
const command: fc.Arbitrary<WorkerCommand> = fc.oneof(
  fc.constantFrom('start', 'stop', 'restart', 'pause', 'resume').map((kind) => ({ kind })),
  fc.nat({ max: 3 }).map((instances) => ({ kind: 'scale' as const, instances })),
)
/** What the world does to workers and daemons. */
const fate = [
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('pass'),
      ms: fc.constantFrom(0, 3, 1_000, 11_000, 70_000, 400_000),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('exit'), which, code: fc.constantFrom(0, 1) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill'), which }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('program'),
      program: fc.constantFrom('gone', 'deaf', 'littering', 'quick', 'slow', 'plain'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('jump'), ms: fc.constantFrom(-7_200_000, 7_200_000) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('release') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('handOver') }) },
] as const
/** What people want of them. */
const wish = [
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('command'), worker: fc.nat({ max: 1 }), command }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('memory'), worker: fc.nat({ max: 1 }), shed: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('reload'),
      version: fc.nat({ max: 1 }),
      workers: fc.integer({ min: 1, max: 2 }),
      instances: fc.nat({ max: 2 }),
    }),
  },
] as const
const step: fc.Arbitrary<Step> = fc.oneof(...fate, ...wish)
const blow: fc.Arbitrary<Step> = fc.oneof(...fate)

const names = ['First Jr.', 'Second Jr.']
const programs = {
  gone: { missing: true },
  deaf: { ignores: ['SIGTERM'] },
  littering: { strays: 2, ignores: ['SIGTERM'] },
  quick: { exits: 1 },
  slow: { hangs: true },
  plain: {},
} as const

function definitions(workers: number, instances: number, version: number): WorkerDefinition[] {
  return names
    .slice(0, workers)
    .map((name) => worker({ name, instances, command: ['program', `${version}`], stopGraceMs: 1_000 }))
}

/** One daemon after the other on one machine, and what has to hold whatever happens to them. */
class Simulation {
  readonly on: World = world()
  #current = definitions(2, 1, 0)
  readonly #policy: Partial<SupervisorPolicy>
  supervisor: Supervisor

  constructor(changes: Partial<SupervisorPolicy> = {}) {
    this.#policy = changes
    this.supervisor = supervisorIn(this.on, this.#current, changes)
    void this.supervisor.start()
  }

  take(taken: Step): void {
    const { machine } = this.on
    switch (taken.kind) {
      case 'pass':
        break
      case 'exit':
        return machine.exit(this.#living(taken.which)?.mark ?? '', taken.code)
      case 'kill':
        return machine.kill(this.#living(taken.which)?.pid ?? 0)
      case 'program':
        machine.programs.set('program', programs[taken.program])
        break
      case 'command':
        void this.supervisor.command(jrName(names[taken.worker] ?? ''), taken.command)
        break
      case 'reload':
        this.#current = definitions(taken.workers, taken.instances, taken.version)
        void this.supervisor.reload(this.#current)
        break
      case 'memory': {
        const name = jrName(names[taken.worker] ?? '')
        void (taken.shed ? this.supervisor.shed(name, 'memory') : this.supervisor.letBack(name))
        break
      }
      case 'jump':
        return this.on.clock.jumpWall(taken.ms)
      case 'handOver':
        void this.supervisor.stop('leave', () => {})
        return this.#nextDaemon()
      case 'release':
        return machine.release()
      case 'crash':
        return this.#nextDaemon()
      default:
        throw new Error(`unknown step ${JSON.stringify(taken satisfies never)}`)
    }
  }

  #nextDaemon(): void {
    this.on.machine.daemonDies()
    this.supervisor = supervisorIn(this.on, this.#current, this.#policy)
    void this.supervisor.start()
  }

  #living(nth: number): { pid: number; mark: string } | undefined {
    const living = [...this.on.machine.processes.values()]
    return living[nth % Math.max(1, living.length)]
  }

  check(): void {
    const { machine, deaths, ledger } = this.on
    for (const { instanceId } of deaths)
      expect(machine.marked(instanceId), 'told dead, yet alive').toEqual([])
    const logs = machine.spawned
      .filter((spec) => machine.marked(spec.mark).some((entry) => entry.kind === 'main'))
      .map((spec) => spec.logFile)
    expect(new Set(logs).size, `two at once in one place: ${logs.join(', ')}`).toBe(logs.length)
    const bugs = ledger.entries.filter((entry) => entry.message.includes('internal error'))
    expect(bugs.map((entry) => entry.message)).toEqual([])
  }

  /** However it went, once programs are well again so are all workers. */
  async recover(): Promise<void> {
    const { clock, machine } = this.on
    machine.programs.clear()
    machine.release()
    await clock.advance(3 * 3_600_000)
    expect(this.supervisor.views().map(({ state, reason }) => `${state}: ${reason}`)).toEqual([
      'running: running',
      'running: running',
    ])
    expect(this.supervisor.breaker()).toMatchObject({ state: 'closed', workers: [] })
  }

  /** However it went, a stop leaves nothing, and every death was told. */
  async finish(): Promise<void> {
    const { clock, machine, deaths } = this.on
    machine.release()
    const stopping = this.supervisor.stop('stop', () => {})
    await clock.advance(60_000)
    await stopping
    expect([...machine.processes.values()]).toEqual([])
    const told = new Set(deaths.map((death) => death.instanceId))
    for (const mark of machine.born) expect(told, `nobody was told of ${mark}`).toContain(mark)
    const spawns = machine.spawned.length
    await clock.advance(600_000)
    expect(machine.spawned.length, 'started after the stop').toBe(spawns)
  }
}

/** With and without waits, and with a fleet's breaker that is in reach. */
const policies = fc.constantFrom<Partial<SupervisorPolicy>>(
  {},
  { backoffInitialMs: 0 },
  {
    backoffInitialMs: 0,
    backoffMaxMs: 1_000,
    breakerFailures: 3,
    fleetRestarts: 3,
    fleetRecentWindowMs: 3_600_000,
  },
)

test('whatever operators, programs and dying daemons do: one process a place, no leftovers, every death told', async () => {
  await fc.assert(
    fc.asyncProperty(policies, fc.array(step, { maxLength: 40 }), async (changes, steps) => {
      const simulation = new Simulation(changes)
      for (const taken of steps) {
        simulation.take(taken)
        await simulation.on.clock.advance(taken.kind === 'pass' ? taken.ms : 0)
        simulation.check()
      }
      await simulation.finish()
    }),
    { numRuns: 250 },
  )
}, 60_000)

test('whatever befalls workers and daemons: every breaker recovers through its probe', async () => {
  await fc.assert(
    fc.asyncProperty(policies, fc.array(blow, { maxLength: 40 }), async (changes, blows) => {
      const simulation = new Simulation(changes)
      for (const taken of blows) {
        simulation.take(taken)
        await simulation.on.clock.advance(taken.kind === 'pass' ? taken.ms : 0)
        simulation.check()
      }
      await simulation.recover()
      await simulation.finish()
    }),
    { numRuns: 100 },
  )
}, 60_000)
