import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  abandonProbe,
  admits,
  beginProbe,
  type Breaker,
  type BreakerLimits,
  breakerEvents,
  breakerStates,
  breakerTransitions,
  closedBreaker,
  failProbe,
  longestProbeWaitMs,
  noteFailure,
  prove,
  shifted,
} from '../../src/domain/breaker.ts'

const minuteMs = 60_000
const worker: BreakerLimits = {
  failures: 5,
  windowMs: 5 * minuteMs,
  recentMs: null,
  probeAfterMs: 5 * minuteMs,
}
const fleet: BreakerLimits = {
  failures: 50,
  windowMs: 60 * minuteMs,
  recentMs: 5 * minuteMs,
  probeAfterMs: 5 * minuteMs,
}

function after(times: readonly number[], limits: BreakerLimits, from = closedBreaker): Breaker {
  return times.reduce((breaker, atMs) => noteFailure(breaker, limits, atMs), from)
}

test('every event of every state has an answer, and an operator can close it from each', () => {
  for (const state of breakerStates) {
    expect(Object.keys(breakerTransitions[state])).toEqual([...breakerEvents])
    expect(breakerTransitions[state].close).toBe('closed')
  }
})

test.each([
  { what: 'five in the window', times: [0, 60, 120, 180, 299], state: 'open' },
  { what: 'the fifth when the first is out of it', times: [0, 60, 120, 180, 300], state: 'closed' },
  { what: 'four', times: [0, 1, 2, 3], state: 'closed' },
  { what: 'those of the default backoff', times: [0, 5, 15, 35, 75], state: 'open' },
])('a worker: $what: $state', ({ times, state }) => {
  expect(
    after(
      times.map((seconds) => seconds * 1000),
      worker,
    ).state,
  ).toBe(state)
})

test('what was over long ago does not add up with something new', () => {
  const incident = Array.from({ length: 49 }, (_, index) => index * 1000)
  expect(after([...incident, 49_000], fleet).state).toBe('open')
  const anHourLater = [50, 51, 52].map((minutes) => minutes * minuteMs)
  expect(after([...incident, ...anHourLater], fleet).state).toBe('closed')
  // One every 72 s, for an hour: as even as it gets, and still too many.
  const evenly = Array.from({ length: 60 }, (_, index) => index * 72_000)
  expect(after(evenly, { ...fleet, failures: 49 }).state).toBe('open')
})

const limits = fc.record({
  failures: fc.integer({ min: 1, max: 8 }),
  windowMs: fc.integer({ min: 1, max: 1000 }),
  recentMs: fc.option(fc.integer({ min: 1, max: 1000 }), { nil: null }),
  probeAfterMs: fc.integer({ min: 1, max: longestProbeWaitMs }),
})
const gaps = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 40 })
const timesOf = (waits: readonly number[]): number[] => {
  let nowMs = 0
  return waits.map((waitMs) => (nowMs += waitMs))
}

test('it opens exactly with the failure that makes too many of them in its windows', () => {
  fc.assert(
    fc.property(limits, gaps, (of, waits) => {
      const times = timesOf(waits)
      const within = (index: number, spanMs: number): number =>
        times.slice(0, index + 1).filter((atMs) => (times[index] ?? 0) - atMs < spanMs).length
      const isTooMany = (index: number): boolean =>
        within(index, of.windowMs) >= of.failures &&
        (of.recentMs === null ||
          of.recentMs >= of.windowMs ||
          within(index, of.recentMs) >= Math.floor((of.failures * of.recentMs) / of.windowMs))
      const first = times.findIndex((_, index) => isTooMany(index))
      let breaker = closedBreaker
      for (const [index, atMs] of times.entries()) {
        breaker = noteFailure(breaker, of, atMs)
        expect(breaker.state).toBe(first !== -1 && index >= first ? 'open' : 'closed')
      }
    }),
  )
})

test('with a limit of 0 nothing opens it', () => {
  fc.assert(
    fc.property(limits, gaps, (of, waits) => {
      expect(after(timesOf(waits), { ...of, failures: 0 })).toEqual(closedBreaker)
    }),
  )
})

type Step = { kind: 'pass'; ms: number } | { kind: 'fail' | 'probe' | 'failProbe' | 'abandon' | 'prove' }
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 7_200_000 }) }),
    fc
      .constantFrom<Exclude<Step['kind'], 'pass'>>('fail', 'probe', 'failProbe', 'abandon', 'prove')
      .map((kind) => ({ kind })),
  ),
  { maxLength: 60 },
)

function take(breaker: Breaker, step: Step, of: BreakerLimits, nowMs: number): Breaker {
  switch (step.kind) {
    case 'pass':
      return breaker
    case 'fail':
      return noteFailure(breaker, of, nowMs)
    case 'probe':
      return beginProbe(breaker, nowMs)
    case 'failProbe':
      return failProbe(breaker, of, nowMs)
    case 'abandon':
      return abandonProbe(breaker, nowMs)
    case 'prove':
      return prove(breaker)
    default:
      throw new Error(`no such step: ${JSON.stringify(step satisfies never)}`)
  }
}

test('whatever happens: bounded, one probe at a time, and a probe that holds always closes it', () => {
  fc.assert(
    fc.property(limits, steps, (of, taken) => {
      let breaker = closedBreaker
      let nowMs = 0
      for (const step of taken) {
        if (step.kind === 'pass') nowMs += step.ms
        breaker = take(breaker, step, of, nowMs)
        expect(breaker.failures.length).toBeLessThanOrEqual(of.failures)
        expect(breaker.probeAtMs !== null).toBe(breaker.state === 'open')
        if (breaker.state === 'half_open') expect(admits(breaker, nowMs + 1e9)).toBe('none')
        const waitMs = (breaker.probeAtMs ?? nowMs) - nowMs
        expect(waitMs).toBeLessThanOrEqual(longestProbeWaitMs)
      }
      if (breaker.state === 'half_open') breaker = failProbe(breaker, of, nowMs)
      if (breaker.state === 'open') {
        nowMs += longestProbeWaitMs
        expect(admits(breaker, nowMs)).toBe('probe')
        breaker = prove(beginProbe(breaker, nowMs))
      }
      expect(breaker.state).toBe('closed')
      expect(admits(breaker, nowMs)).toBe('all')
    }),
  )
})

test('each probe that fails makes the next one wait twice as long, up to an hour', () => {
  let breaker = after([0, 0, 0, 0, 0], worker)
  const waits: number[] = []
  for (let probe = 0; probe < 6; probe++) {
    const atMs = breaker.probeAtMs ?? 0
    expect(beginProbe(breaker, atMs - 1)).toBe(breaker)
    breaker = failProbe(beginProbe(breaker, atMs), worker, atMs)
    waits.push(((breaker.probeAtMs ?? 0) - atMs) / minuteMs)
  }
  expect(waits).toEqual([10, 20, 40, 60, 60, 60])
})

test('a probe that told nothing is followed by another at once, and doubles nothing', () => {
  const opened = after([0, 0, 0, 0, 0], worker)
  const atMs = opened.probeAtMs ?? 0
  const abandoned = abandonProbe(beginProbe(opened, atMs), atMs + 7)
  expect(abandoned).toMatchObject({ state: 'open', openings: 1, probeAtMs: atMs + 7 })
  expect(admits(abandoned, atMs + 7)).toBe('probe')
})

test('on another clock it is the same breaker', () => {
  fc.assert(
    fc.property(limits, gaps, gaps, fc.integer({ min: -1000, max: 1000 }), (of, before, later, byMs) => {
      const times = timesOf([...before, ...later])
      const [early, late] = [times.slice(0, before.length), times.slice(before.length)]
      const onTheOther = after(
        late.map((atMs) => atMs + byMs),
        of,
        shifted(after(early, of), byMs),
      )
      expect(onTheOther).toEqual(shifted(after(times, of), byMs))
    }),
  )
})
