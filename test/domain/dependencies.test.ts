import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Dependent,
  dependencyDepths,
  findCycle,
  layerConflicts,
  layersMax,
  layersOf,
  stateOfAll,
  unhealthyDependencies,
} from '../../src/domain/dependencies.ts'
import { type WorkerState, workerStates } from '../../src/domain/worker.ts'

const needs = (name: string, ...dependsOn: string[]): Dependent => ({ name, dependsOn })

const names = ['A', 'B', 'C', 'D', 'E', 'F', 'G']
/** Any graph, circles and self-references included. */
const anyFleet = fc
  .array(fc.uniqueArray(fc.constantFrom(...names), { maxLength: 4 }), { minLength: 7, maxLength: 7 })
  .map((edges) => names.map((name, index) => needs(name, ...(edges[index] ?? []))))
/** Without circles: everybody needs earlier ones only; in any order of the configuration. */
const soundFleet = anyFleet.chain((fleet) =>
  fc.shuffledSubarray(
    fleet.map(({ name, dependsOn }) => needs(name, ...dependsOn.filter((other) => other < name))),
    { minLength: names.length },
  ),
)

describe('circles', () => {
  test.each([
    [
      [needs('A', 'B'), needs('B', 'A')],
      ['A', 'B', 'A'],
    ],
    [[needs('A', 'A')], ['A', 'A']],
    [
      [needs('X', 'A'), needs('A', 'B'), needs('B', 'C'), needs('C', 'A')],
      ['A', 'B', 'C', 'A'],
    ],
    [[needs('A', 'B', 'C'), needs('B', 'C'), needs('C')], null],
    [[needs('A', 'Nobody')], null],
  ])('%j: %j', (fleet, path) => {
    expect(findCycle(fleet)).toEqual(path)
  })

  test('a path that is told is one, and closes', () => {
    fc.assert(
      fc.property(anyFleet, (fleet) => {
        const path = findCycle(fleet)
        if (path === null) return
        expect(path.at(-1)).toBe(path[0])
        for (const [index, name] of path.slice(0, -1).entries())
          expect(fleet.find((one) => one.name === name)?.dependsOn).toContain(path[index + 1])
      }),
    )
  })

  test('none is told where there is none, and none is missed', () => {
    fc.assert(fc.property(soundFleet, (fleet) => findCycle(fleet) === null))
    fc.assert(
      fc.property(soundFleet, fc.constantFrom(...names), (fleet, first) => {
        const deepest = reach(fleet, first)
        const closed = fleet.map((one) => (one.name === deepest.at(-1) ? needs(one.name, first) : one))
        return findCycle(closed) !== null
      }),
    )
  })
})

/** One chain of dependencies from a worker to its end. */
function reach(fleet: readonly Dependent[], from: string): string[] {
  const next = fleet.find(({ name }) => name === from)?.dependsOn[0]
  return next === undefined ? [from] : [from, ...reach(fleet, next)]
}

describe('depth and layer', () => {
  test('count the longest chain', () => {
    const fleet = [needs('A', 'B', 'C'), needs('B', 'C'), needs('C'), needs('D')]
    expect(Object.fromEntries(dependencyDepths(fleet))).toEqual({ A: 2, B: 1, C: 0, D: 0 })
    expect(Object.fromEntries(layersOf(fleet))).toEqual({ A: 3, B: 2, C: 1, D: 1 })
  })

  test('a layer that was said counts, and lifts those above it', () => {
    const fleet = [needs('A', 'B'), { ...needs('B'), layer: 3 }, { ...needs('C'), layer: 2 }]
    expect(Object.fromEntries(layersOf(fleet))).toEqual({ A: 4, B: 3, C: 2 })
    expect(layerConflicts(fleet)).toEqual([])
  })

  test('one that is said to boot before its dependency is told', () => {
    const fleet = [{ ...needs('A', 'B'), layer: 1 }, needs('B', 'C'), needs('C')]
    expect(layerConflicts(fleet)).toEqual([{ name: 'A', layer: 1, dependency: 'B', dependencyLayer: 2 }])
  })

  test('a dependency is less deep and boots no later; there are no more layers than there are', () => {
    fc.assert(
      fc.property(soundFleet, (fleet) => {
        const [depths, layers] = [dependencyDepths(fleet), layersOf(fleet)]
        for (const { name, dependsOn } of fleet) {
          expect(layers.get(name)).toBeLessThanOrEqual(layersMax)
          for (const other of dependsOn) {
            expect(depths.get(other)).toBeLessThan(depths.get(name) ?? 0)
            expect(layers.get(other)).toBeLessThanOrEqual(layers.get(name) ?? 0)
          }
        }
        expect(layerConflicts(fleet)).toEqual([])
      }),
    )
  })

  test('a circle hangs nobody', () => {
    fc.assert(fc.property(anyFleet, (fleet) => layersOf(fleet).size === fleet.length))
  })
})

describe('health of dependencies', () => {
  const bad = new Set<WorkerState>([
    'disabled_by_failure',
    'disabled_by_memory',
    'error',
    'timeout',
    'missing',
  ])

  test.each(workerStates)('one that is %s', (state) => {
    const expected = bad.has(state) ? [{ name: 'B', state }] : []
    expect(unhealthyDependencies(needs('A', 'B'), () => state)).toEqual(expected)
  })

  test('one that is not there is missing', () => {
    expect(unhealthyDependencies(needs('A', 'B'), () => undefined)).toEqual([{ name: 'B', state: 'missing' }])
  })

  test('a worker is as good as its best instance, whatever the order', () => {
    expect(stateOfAll(['disabled_by_failure', 'running', 'backoff'])).toBe('running')
    expect(stateOfAll(['missing', 'error'])).toBe('error')
    expect(stateOfAll([])).toBeUndefined()
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...workerStates), { minLength: 1 }), (states) => {
        const state = stateOfAll(states)
        return (
          state !== undefined &&
          states.includes(state) &&
          bad.has(state) === states.every((one) => bad.has(one))
        )
      }),
    )
  })
})
