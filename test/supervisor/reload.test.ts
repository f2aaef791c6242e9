import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { WorkerDefinition } from '../../src/config/policy.ts'
import { definitionHash } from '../../src/supervisor/definition-hash.ts'
import { type World, supervisorIn, worker, world } from './setup.ts'

const names = ['A', 'B', 'C', 'D'] as const

/** What a process is made of, and what only says how it is kept. Dependencies point to earlier names: no circles. */
const definition = (name: (typeof names)[number]): fc.Arbitrary<WorkerDefinition> =>
  fc
    .record({
      version: fc.integer({ min: 1, max: 2 }),
      env: fc.constantFrom<Record<string, string>>({}, { X: '1' }),
      instances: fc.integer({ min: 0, max: 3 }),
      priority: fc.constantFrom<1 | 2 | 3>(1, 2, 3),
      layer: fc.constantFrom(null, 3, 4),
      dependsOn: fc.subarray(names.slice(0, names.indexOf(name))),
      stopGraceMs: fc.constantFrom(1_000, 9_000),
      readyTimeoutMs: fc.constantFrom(1_000, 60_000),
    })
    .map(({ version, ...rest }) => worker({ ...rest, name, command: ['program', `${version}`] }))

const fleet = fc
  .subarray([...names], { minLength: 1 })
  .chain((chosen) => fc.tuple(...chosen.map(definition)))
  .map((definitions) => {
    // One without instances is waited for without end.
    const present = new Set(definitions.filter(({ instances }) => instances > 0).map(({ name }) => name))
    return definitions.map((one) => ({
      ...one,
      dependsOn: one.dependsOn.filter((name) => present.has(name)),
    }))
  })

/** Every process's mark by its place. */
function places(on: World): Map<string, string> {
  return new Map(on.store.workers().map((stored) => [`${stored.name} #${stored.slot}`, stored.instanceId]))
}

describe('a new configuration', () => {
  test('restarts exactly those whose process would be another, and adds and ends exactly what the numbers say', async () => {
    await fc.assert(
      fc.asyncProperty(fleet, fleet, async (before, after) => {
        const on = world()
        const supervisor = supervisorIn(on, before)
        await supervisor.start()
        await on.clock.advance(600_000)
        const old = places(on)
        const reloading = supervisor.reload(after)
        await on.clock.advance(600_000)
        await reloading
        const now = places(on)
        expect([...now.keys()].sort()).toEqual(
          after.flatMap(({ name, instances }) => numbers(instances).map((slot) => `${name} #${slot}`)).sort(),
        )
        for (const next of after) {
          const earlier = before.find(({ name }) => name === next.name)
          const isSame = earlier !== undefined && definitionHash(earlier) === definitionHash(next)
          for (const slot of numbers(Math.min(next.instances, earlier?.instances ?? 0))) {
            const place = `${next.name} #${slot}`
            expect([place, now.get(place) === old.get(place)]).toEqual([place, isSame])
          }
        }
        const stopping = supervisor.stop('stop', () => {})
        await on.clock.advance(60_000)
        await stopping
        expect(on.machine.processes.size).toBe(0)
        expect(on.clock.pending).toBe(0)
      }),
      { numRuns: 60 },
    )
  })

  test('lets a new worker wait for the one that it needs', async () => {
    const on = world()
    const ready = { kind: 'port', host: '127.0.0.1', port: 80, everyMs: 1_000 } as const
    const base = worker({ name: 'B', command: ['b'], ready })
    const supervisor = supervisorIn(on, [base])
    await supervisor.start()
    await supervisor.reload([base, worker({ name: 'A', command: ['a'], dependsOn: ['B'] })])
    expect(supervisor.views()[1]).toMatchObject({ name: 'A', state: 'stopped', layer: 2 })
    on.probe.open.add('127.0.0.1:80')
    await on.clock.advance(2_000)
    expect(supervisor.views()[1]).toMatchObject({ name: 'A', state: 'running' })
  })

  test('lets new workers wait for each other, in any order of the file', async () => {
    const on = world()
    const supervisor = supervisorIn(on, [])
    await supervisor.start()
    await supervisor.reload([
      worker({ name: 'A', command: ['a'], dependsOn: ['B'] }),
      worker({ name: 'B', command: ['b'] }),
    ])
    expect(on.machine.spawned.map(({ command }) => command[0])).toEqual(['b'])
    await on.clock.advance(1_000)
    expect(on.machine.spawned.map(({ command }) => command[0])).toEqual(['b', 'a'])
  })

  describe('of a worker and of the one that it needs', () => {
    const ready = { kind: 'port', host: '127.0.0.1', port: 80, everyMs: 1_000 } as const
    const fleetOf = (version: string) => [
      worker({ name: 'A', command: ['a', version], dependsOn: ['B'] }),
      worker({ name: 'B', command: ['b', version], ready, readyTimeoutMs: 20_000 }),
      worker({ name: 'C', command: ['c', version] }),
    ]
    const started = (on: World): string[] => on.machine.spawned.map(({ command }) => command.join(' '))

    async function reloaded() {
      const on = world()
      on.probe.open.add('127.0.0.1:80')
      const supervisor = supervisorIn(on, fleetOf('1'))
      await supervisor.start()
      await on.clock.advance(2_000)
      expect(started(on)).toEqual(['b 1', 'c 1', 'a 1'])
      on.probe.open.clear()
      const reloading = supervisor.reload(fleetOf('2'))
      await on.clock.advance(1_000)
      await reloading
      return { on, supervisor }
    }

    test('replaces the needed one first; the other works on until that is ready', async () => {
      const { on, supervisor } = await reloaded()
      expect(started(on).slice(3).sort()).toEqual(['b 2', 'c 2'])
      expect(supervisor.views()[0]).toMatchObject({
        state: 'running',
        reason: 'its definition changed; is restarted when B is ready',
      })
      on.probe.open.add('127.0.0.1:80')
      await on.clock.advance(2_000)
      expect(started(on).at(-1)).toBe('a 2')
      expect(supervisor.views()[0]).toMatchObject({ state: 'running', reason: 'running' })
    })

    test('waits no longer than the needed one may take', async () => {
      const { on } = await reloaded()
      await on.clock.advance(18_000)
      expect(started(on)).not.toContain('a 2')
      await on.clock.advance(1_000)
      expect(started(on).at(-1)).toBe('a 2')
    })

    test('is over when all are stopped', async () => {
      const { on, supervisor } = await reloaded()
      const stopping = supervisor.stop('stop', () => {})
      await on.clock.advance(60_000)
      await stopping
      expect(started(on)).not.toContain('a 2')
      expect(on.clock.pending).toBe(0)
    })
  })

  test('another way to be ready is asked at once, without a restart', async () => {
    const on = world()
    const base = worker({ name: 'B', command: ['b'], ready: { kind: 'log', pattern: 'never' } })
    const supervisor = supervisorIn(on, [base, worker({ name: 'A', command: ['a'], dependsOn: ['B'] })])
    await supervisor.start()
    await on.clock.advance(2_000)
    const reloading = supervisor.reload([
      { ...base, ready: { kind: 'delay', delayMs: 1_000 } },
      worker({ name: 'A', command: ['a'], dependsOn: ['B'] }),
    ])
    await on.clock.advance(100)
    await reloading
    expect(on.machine.spawned.map(({ command }) => command[0])).toEqual(['b', 'a'])
  })
})

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}
