import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type WorkerState,
  livingStates,
  nextWorkerState,
  workerEvents,
  workerStates,
  workerTransitions,
} from '../../src/domain/worker.ts'

const living = new Set<WorkerState>(livingStates)

test('a living process gets to a state without one only through stopping', () => {
  for (const event of workerEvents) {
    const next = nextWorkerState('running', event)
    expect(next === undefined || living.has(next)).toBe(true)
  }
})

test('a start is possible from every state of rest but those that somebody holds', () => {
  const startable = workerStates.filter((state) => nextWorkerState(state, 'start') !== undefined)
  expect(startable).toEqual(['stopped', 'backoff', 'error', 'timeout', 'missing'])
  for (const state of startable) expect(nextWorkerState(state, 'start')).toBe('starting')
})

test('nobody but the operator ends a pause, and nobody but breaker and memory guard their own', () => {
  const ways = (state: WorkerState): string[] =>
    workerEvents.filter((event) => {
      const next = nextWorkerState(state, event)
      return next !== undefined && next !== state
    })
  expect(ways('paused')).toEqual(['resume'])
  expect(ways('disabled_by_failure')).toEqual(['rest', 'hold', 'shed', 'reset'])
  expect(ways('disabled_by_memory')).toEqual(['rest', 'hold', 'trip', 'reset'])
})

test.each([
  ['stopped', 'start', 'starting'],
  ['starting', 'up', 'running'],
  ['starting', 'lack', 'missing'],
  ['starting', 'back_off', 'backoff'],
  ['starting', 'trip', 'disabled_by_failure'],
  ['running', 'end', 'stopping'],
  ['stopping', 'back_off', 'backoff'],
  ['stopping', 'fail', 'error'],
  ['stopping', 'expire', 'timeout'],
  ['stopping', 'trip', 'disabled_by_failure'],
  ['backoff', 'start', 'starting'],
  ['backoff', 'hold', 'paused'],
  ['stopped', 'adopt', 'running'],
] as const)('%s, on %s: %s', (state, event, next) => {
  expect(nextWorkerState(state, event)).toBe(next)
})

test.each([
  ['running', 'start'],
  ['running', 'adopt'],
  ['stopped', 'up'],
  ['paused', 'start'],
  ['disabled_by_failure', 'start'],
  ['starting', 'start'],
] as const)('%s refuses %s', (state, event) => {
  expect(nextWorkerState(state, event)).toBeUndefined()
})

test('every state can be reached, and from every state stopped can be', () => {
  const reach = (from: WorkerState): Set<WorkerState> => {
    const seen = new Set([from])
    for (const state of seen) {
      for (const next of Object.values(workerTransitions[state])) if (next !== null) seen.add(next)
    }
    return seen
  }
  expect(reach('stopped')).toEqual(new Set(workerStates))
  for (const state of workerStates) expect(reach(state).has('stopped')).toBe(true)
})

test('whatever happens in whatever order, the state is one of the table', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...workerEvents)), (events) => {
      let state: WorkerState = 'stopped'
      for (const event of events) state = nextWorkerState(state, event) ?? state
      expect(workerStates).toContain(state)
    }),
  )
})
