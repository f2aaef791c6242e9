import * as fc from 'fast-check'

/** What a simulation is told; everything else follows from the seed. */
export interface World {
  seed: number
  events: number
  mode: 'lend' | 'strict'
  holders: number
  depth: number
  inFlight: number
  /** Places of each upstream. */
  places: readonly number[]
  baseRate: number
  burstMinutes: number
  /** The largest real cost. */
  costMax: number
  /** How far an estimate may be from the real cost, as a part of it. */
  error: number
  /** All always want more; otherwise some do, and others come and go. */
  greedy: boolean
  /** Some always estimate too much, some too little, instead of all now and then. */
  biased: boolean
  /** Upstreams take nothing for a while, now and then. */
  pauses: boolean
  /** Tasks of other nodes, too. */
  foreign: boolean
  /** How often who is in progress, their order, or the rules change: mean ms between changes. */
  churnMs: number
  /** How long an upstream takes: mean ms. */
  serviceMs: number
  /** Of all wishes, those that are taken back or fail. */
  abort: number
  crashes: boolean
}

export function anyWorld(events: number): fc.Arbitrary<World> {
  return fc.record({
    seed: fc.nat(),
    events: fc.constant(events),
    mode: fc.constantFrom('lend', 'lend', 'lend', 'strict'),
    holders: fc.integer({ min: 2, max: 14 }),
    depth: fc.integer({ min: 0, max: 8 }),
    inFlight: fc.constantFrom(1, 2, 5, 16, 64),
    places: fc.array(fc.constantFrom(1, 2, 8, 1000), { minLength: 1, maxLength: 3 }),
    baseRate: fc.constantFrom(10, 100, 3000),
    burstMinutes: fc.constantFrom(0.05, 0.5, 2),
    costMax: fc.constantFrom(1, 10, 500),
    error: fc.constantFrom(0, 0.3, 0.9),
    greedy: fc.boolean(),
    biased: fc.boolean(),
    pauses: fc.boolean(),
    foreign: fc.boolean(),
    churnMs: fc.constantFrom(2000, 20_000, 400_000, 1e9),
    serviceMs: fc.constantFrom(1, 100, 3000),
    abort: fc.constantFrom(0, 0.05, 0.3),
    crashes: fc.boolean(),
  })
}
