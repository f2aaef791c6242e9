import { describe, expect, it } from 'vitest'
import { createCapacityCore } from '../../../src/domain/capacity/capacity-core.ts'
import { type Mutation, mutantOf } from './simulation/mutant.ts'
import { simulate } from './simulation/simulation.ts'
import type { World } from './simulation/world.ts'

/*
 * The simulated worlds find what is wrong with a core: each of these has one fault, and is found out by the promise that it
 * breaks, in worlds that the sound core lives through.
 */

const usual: World = {
  seed: 0,
  events: 1500,
  mode: 'lend',
  holders: 8,
  depth: 4,
  inFlight: 5,
  places: [1000, 1000],
  baseRate: 3000,
  burstMinutes: 0.5,
  costMax: 10,
  error: 0.9,
  greedy: true,
  biased: false,
  pauses: false,
  foreign: false,
  churnMs: 400_000,
  serviceMs: 3000,
  abort: 0,
  crashes: false,
}
const seeds = [1, 2, 3]

/** The first broken promise. */
function firstBreach(create: typeof createCapacityCore, circumstances: Partial<World>): string | undefined {
  for (const seed of seeds) {
    try {
      simulate(create, { ...usual, ...circumstances, seed })
    } catch (error) {
      return String(error)
    }
  }
  return undefined
}

interface Fault extends Mutation {
  name: string
  found: RegExp
  also?: Mutation
  /** What brings it to light. */
  where?: Partial<World>
}

/** One line of a holder's wishes for all lanes: only the oldest of all is offered. */
const oneLine: Mutation = {
  file: 'wish-line.ts',
  text: 'lanes: [], choice: undefined',
  instead: 'lanes: [], get choice() { return headsOf(this)[0]?.lane }, set choice(_) {}',
}

const faults: readonly Fault[] = [
  {
    name: 'brings every head that starts up to the clock, so that refunds are lost',
    file: 'contest.ts',
    text: 'start(contender, cost, choice) {',
    instead: 'start(contender, cost, choice) { contender.tag += Math.max(0, -leadOf(contender));',
    where: { biased: true, holders: 3, depth: 2, churnMs: 1e9, costMax: 1, abort: 0.3, events: 3000 },
    found: /unfair|less than its share/,
  },
  {
    name: 'does not rescale a tag when the weight changes',
    file: 'contest.ts',
    text: 'leadOf(contender) * contender.weight',
    instead: 'leadOf(contender)',
    also: {
      file: 'contest.ts',
      text: 'const lead = ahead / weight',
      instead: 'const lead = ahead',
    },
    where: { error: 0, depth: 8, inFlight: 1, costMax: 1, serviceMs: 100, churnMs: 1000 },
    found: /unfair|less than its share/,
  },
  {
    name: 'does not correct the queue on settlement',
    file: 'capacity-core.ts',
    text: 'queue.correct(holder, charged, used - amount)',
    instead: '',
    where: { biased: true, churnMs: 1e9 },
    found: /unfair|less than its share/,
  },
  {
    name: 'does not charge the tail as a whole',
    file: 'fair-queue.ts',
    text: 'top.start(group, cost,',
    instead: 'top.start(group, 0,',
    found: /unfair|less than its share/,
  },
  {
    name: 'lets time pass for heads whose lane is full',
    file: 'contest-lines.ts',
    text: 'line.spared += clock - line.frozenAt',
    instead: '',
    where: { pauses: true, inFlight: 1, churnMs: 1e9, error: 0, baseRate: 100, serviceMs: 1, costMax: 1 },
    found: /unfair|less than its share/,
  },
  {
    name: 'saves up for who is idle',
    file: 'contest.ts',
    text: 'enter(contender, choice, Math.max(0, contender.tag - clock))',
    instead: 'enter(contender, choice, contender.tag - clock)',
    where: { greedy: false, error: 0, inFlight: 1, churnMs: 1e9, baseRate: 100, costMax: 1, serviceMs: 1 },
    found: /unfair|less than its share/,
  },
  {
    name: 'fills the bucket at a change of rate',
    file: 'token-bucket.ts',
    text: 'return { ratePerMinute, burst, tokens: Math.min(burst, settled.tokens), atMs: settled.atMs }',
    instead: 'return { ratePerMinute, burst, tokens: burst, atMs: settled.atMs }',
    where: { baseRate: 100, costMax: 500, inFlight: 1, churnMs: 20_000, serviceMs: 1 },
    found: /more than burst|changed the past|a crash made/,
  },
  {
    name: 'settles at the new rate instead of the old one',
    file: 'token-bucket.ts',
    text: 'const settled = refill(bucket, nowMs)',
    instead: 'const settled = refill({ ...bucket, ...rate }, nowMs)',
    where: { error: 0, inFlight: 1, baseRate: 10, burstMinutes: 0.05, serviceMs: 1, churnMs: 2000 },
    found: /more than burst|lies idle/,
  },
  {
    name: 'forgives debts',
    file: 'token-bucket.ts',
    text: 'tokens: Math.min(now.burst, now.tokens + taken - used)',
    instead: 'tokens: Math.max(0, Math.min(now.burst, now.tokens + taken - used))',
    where: { baseRate: 100, costMax: 500, inFlight: 1, serviceMs: 1 },
    found: /more than burst/,
  },
  {
    name: 'returns nothing of what was not used',
    file: 'capacity-core.ts',
    text: 'funds.settle(holder, amount, used, now)',
    instead: 'funds.settle(holder, Math.min(amount, used), used, now)',
    where: { baseRate: 100 },
    found: /lies idle/,
  },
  {
    name: 'lets one more be under way than may',
    file: 'capacity-core.ts',
    text: 'reservations.placesTaken() < rules.inFlight',
    instead: 'reservations.placesTaken() <= rules.inFlight',
    where: { error: 0 },
    found: /more in flight/,
  },
  {
    name: 'settles again and again',
    file: 'reservations.ts',
    text: 'open.delete(id)',
    instead: '',
    found: /settled twice/,
  },
  {
    name: 'takes the whole for itself beside other nodes',
    file: 'current-shares.ts',
    text: 'return own === all ? 1 : own / all',
    instead: 'return 1',
    where: { baseRate: 100, costMax: 500, inFlight: 1, serviceMs: 1, foreign: true },
    found: /more than burst/,
  },
  {
    name: 'forgets to say when it has something to do again',
    file: 'capacity-core.ts',
    text: 'wakeAtMs: wakeAt(Math.min(dueAtMs, now + waitMs))',
    instead: 'wakeAtMs: null',
    found: /nothing will wake/,
  },
  {
    name: 'starts with a full bucket after a crash',
    file: 'core-balances.ts',
    text: 'absent.keepCommon(balances.common ?? 0)',
    instead: 'absent.keepCommon(1e9)',
    where: { crashes: true, churnMs: 2000, baseRate: 100, costMax: 500 },
    found: /a crash made|more than burst/,
  },
  {
    name: 'serves the last of a holder first',
    file: 'wish-line.ts',
    text: 'for (const { lane, head } of line.lanes) {',
    instead: 'for (const { lane, last: head } of line.lanes) {',
    found: /not its first/,
  },
  {
    name: 'serves the lanes of a holder in any order',
    file: 'wish-line.ts',
    text: 'head.id < first.id',
    instead: 'head.id > first.id',
    found: /not its first/,
  },
  {
    name: 'lets who waits for a full upstream keep its others from a free one',
    ...oneLine,
    where: { places: [1, 1000], baseRate: 1e5 },
    found: /nothing will wake|not its first/,
  },
  {
    name: 'does so in mode strict',
    ...oneLine,
    also: {
      file: 'strict-funds.ts',
      text: 'const heads = headsOf(line)',
      instead: 'const heads = headsOf(line).slice(0, 1)',
    },
    where: { mode: 'strict', places: [1, 1000], baseRate: 1e5 },
    found: /nothing will wake|has what it wants/,
  },
  {
    name: 'keeps a whole choice of lanes waiting for one of them',
    file: 'contest-lines.ts',
    text: 'if (line.open === 0) line.frozenAt = clock',
    instead: 'line.frozenAt = clock',
    where: { places: [1, 1000], baseRate: 1e5 },
    found: /nothing will wake/,
  },
  {
    name: 'takes who waits for two full lanes for one who could start',
    file: 'contest-lines.ts',
    text: 'if (line.open === 0) line.frozenAt = clock',
    instead: 'if (line.lanes.length === 1) line.frozenAt = clock',
    where: { places: [1, 1, 1000], baseRate: 1e5 },
    found: /nothing will wake/,
  },
]

describe('a core', () => {
  it.each(faults)('that $name is found out', async ({ found, also, where = {}, ...mutation }) => {
    const mutant = await mutantOf(also === undefined ? [mutation] : [mutation, also])
    expect(firstBreach(mutant, where)).toMatch(found)
    expect(firstBreach(createCapacityCore, where)).toBeUndefined()
  })
})
