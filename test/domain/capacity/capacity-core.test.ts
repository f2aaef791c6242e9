import { describe, expect, it } from 'vitest'
import {
  type CapacityCore,
  type CapacityRules,
  createCapacityCore,
} from '../../../src/domain/capacity/capacity-core.ts'
import type { HolderId } from '../../../src/domain/capacity/holder.ts'
import { taskId } from '../../../src/domain/ids.ts'
import type { PositionInput } from '../../../src/domain/positions.ts'

const minute = 60_000
const strict: CapacityRules = {
  mode: 'strict',
  baseRate: 100,
  burstMinutes: 2,
  depth: 7,
  inFlight: 1000,
  untracked: 0,
  costMax: Infinity,
  waitingPerHolderMax: 1000,
  waitingMax: 10_000,
}
const lend: CapacityRules = { ...strict, mode: 'lend' }

const task = (id: number, urgentAt: number | null = null): PositionInput => ({
  id: taskId(id),
  urgent: urgentAt !== null,
  urgentAt,
  startedAt: id,
})

function coreWith(rules: CapacityRules, tasks: number): CapacityCore {
  const core = createCapacityCore(rules, 0)
  for (let id = 1; id <= tasks; id += 1) core.enter(task(id), true, 0)
  return core
}

function ask(
  core: CapacityCore,
  holder: number | 'untracked',
  amount = 1,
  lane: string | null = null,
): number {
  const asked = core.ask({ holder: holder === 'untracked' ? holder : taskId(holder), amount, lane }, 0)
  if (!asked.asked) throw new Error(asked.reason)
  return asked.wishId
}

function askMany(core: CapacityCore, holder: number | 'untracked', count: number): void {
  for (let left = count; left > 0; left -= 1) ask(core, holder)
}

/** Who is granted, in their order, until `untilMs`; each is settled at once as estimated. */
function grantsUntil(core: CapacityCore, untilMs: number, fromMs = 0): { holder: HolderId; atMs: number }[] {
  const granted: { holder: HolderId; atMs: number }[] = []
  for (let nowMs: number | null = fromMs; nowMs !== null && nowMs <= untilMs;) {
    const { grants, wakeAtMs } = core.dispatch(nowMs)
    for (const { id, holder, amount } of grants) {
      granted.push({ holder, atMs: nowMs })
      core.settle(id, amount, nowMs)
    }
    nowMs = grants.length > 0 ? nowMs : wakeAtMs
  }
  return granted
}

const countOf = (granted: readonly { holder: HolderId }[], id: number): number =>
  granted.filter(({ holder }) => holder === id).length

describe('a call that costs more than all capacity of an hour', () => {
  const hour = 60 * minute
  const bounded = { costMax: 2 * lend.baseRate * 60 }

  it('keeps nobody waiting for longer, whatever is asked for', () => {
    const core = coreWith({ ...lend, ...bounded }, 2)
    ask(core, 2, 1e9)
    expect(grantsUntil(core, 2 * minute)).toHaveLength(1)
    ask(core, 1)
    const [{ atMs } = { atMs: Infinity }] = grantsUntil(core, 2 * hour, 2 * minute)
    expect(atMs).toBeGreaterThan(hour - minute)
    expect(atMs).toBeLessThanOrEqual(2 * minute + hour)
  })

  it.each(['lend', 'strict'] as const)('nor whatever is claimed afterwards, however often: %s', (mode) => {
    const core = coreWith({ ...lend, ...bounded, mode }, 2)
    core.dispatch(10 * minute)
    askMany(core, 2, 10)
    for (const { id } of core.dispatch(10 * minute).grants) core.settle(id, 99_999_999, 10 * minute)
    ask(core, 1)
    const [first] = grantsUntil(core, 11 * minute + hour, 10 * minute)
    expect(first?.holder).toBe(1)
    expect(core.common(10 * minute).totals.overrun).toBeLessThanOrEqual(10 * bounded.costMax)
  })

  it('and a debt of before is forgiven as far as it is deeper', () => {
    const core = coreWith({ ...lend, ...bounded }, 1)
    core.restore({ common: -1e9, holders: [] }, 0)
    core.forgetAbsent()
    expect(core.common(0).tokens).toBe(-bounded.costMax)
  })
})

it('begins at a time that is one', () => {
  expect(() => createCapacityCore(lend, NaN)).toThrow('NaN is no time')
})

describe('strict: the numbers of the seeds', () => {
  it.each([
    [1, 100],
    [2, 50],
    [3, 25],
  ])('position %i gets %i a minute, alone or not', (position, ratePerMinute) => {
    for (const others of [false, true]) {
      const core = coreWith(strict, 3)
      for (const id of others ? [1, 2, 3] : [position]) askMany(core, id, 500)
      expect(countOf(grantsUntil(core, minute), position)).toBe(ratePerMinute)
    }
  })

  it('the first has a burst of 200, and not one more', () => {
    const core = coreWith(strict, 1)
    core.dispatch(60 * minute)
    askMany(core, 1, 500)
    expect(core.dispatch(60 * minute).grants).toHaveLength(200)
    expect(core.view(taskId(1), 60 * minute)).toMatchObject({ tokens: 0, burst: 200, ratePerMinute: 100 })
  })

  it.each([
    [1, 1, 600],
    [2, 1, 1200],
    [1, 50, 30_000],
    [3, 50, 2 * minute],
  ])('wait_time: position %i waits for %i units %i ms', (position, amount, expectedMs) => {
    const core = coreWith(strict, 3)
    expect(core.waitEstimateMs(taskId(position), amount, 0)).toBe(expectedMs)
    ask(core, position, amount)
    expect(grantsUntil(core, 10 * minute)).toEqual([{ holder: position, atMs: expectedMs }])
  })

  it('admits more than the burst on a full bucket, which leaves a debt', () => {
    const core = coreWith(strict, 1)
    ask(core, 1, 1000)
    ask(core, 1, 1)
    expect(grantsUntil(core, 60 * minute).map(({ atMs }) => atMs)).toEqual([
      2 * minute,
      2 * minute + 801 * 600,
    ])
  })

  it('settles at the old rate when a task rises', () => {
    const core = coreWith(strict, 2)
    core.leave(taskId(1), minute)
    expect(core.view(taskId(2), minute)).toMatchObject({ position: 1, tokens: 50, ratePerMinute: 100 })
    expect(core.view(taskId(2), 2 * minute)?.tokens).toBe(150)
  })

  it('keeps balances through save and restore, and nothing accrues in between', () => {
    const before = coreWith(strict, 2)
    const saved = before.save(minute)
    const after = createCapacityCore(strict, 0)
    after.restore(saved, 0)
    expect(after.save(0)).toEqual(saved)
    after.enter(task(2), true, 0)
    after.enter(task(1), true, 0)
    after.forgetAbsent()
    expect([1, 2].map((id) => after.view(taskId(id), 0)?.tokens)).toEqual([100, 50])
  })
})

describe('lend', () => {
  it('gives the whole to a lone task, wherever it stands', () => {
    for (const only of [1, 3]) {
      const core = coreWith(lend, 3)
      askMany(core, only, 500)
      expect(countOf(grantsUntil(core, minute), only)).toBe(200)
    }
  })

  it('gives each its share when all want more', () => {
    const core = coreWith(lend, 9)
    for (let id = 1; id <= 9; id += 1) askMany(core, id, 900)
    const granted = grantsUntil(core, 8 * minute)
    const counts = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((id) => countOf(granted, id))
    const shares = [800, 400, 200, 100, 50, 25, 12.5, 6.25, 6.25]
    for (const [index, share] of shares.entries())
      expect(Math.abs((counts[index] ?? 0) - share)).toBeLessThan(2)
  })

  it('an urgent one has half from its next request on', () => {
    const core = coreWith(lend, 8)
    for (let id = 1; id <= 8; id += 1) askMany(core, id, 500)
    grantsUntil(core, 30_000)
    core.move(task(8, 1), 30_000)
    const next = grantsUntil(core, 30_000 + minute, 30_000)
    expect(countOf(next.slice(0, 5), 8)).toBeGreaterThan(0)
    expect(Math.abs(countOf(next.slice(0, 40), 8) - 20)).toBeLessThanOrEqual(1)
    expect(core.view(taskId(8), 31_000)?.position).toBe(1)
  })

  it('a node with a third of the shares has a third of the whole', () => {
    const core = createCapacityCore(lend, 0)
    core.enter(task(1), false, 0)
    core.enter(task(2), true, 0)
    expect(core.common(0).ratePerMinute).toBeCloseTo(200 / 3, 9)
    core.leave(taskId(1), 0)
    expect(core.common(0).ratePerMinute).toBe(200)
  })

  it('passes over a head whose upstream is full, and keeps nobody else', () => {
    const core = coreWith(lend, 2)
    core.setLane('small', 1)
    ask(core, 1, 1, 'small')
    const waiting = ask(core, 1, 1, 'small')
    ask(core, 2, 1, 'large')
    const first = core.dispatch(minute).grants
    expect(first.map(({ holder, lane }) => [holder, lane])).toEqual([
      [1, 'small'],
      [2, 'large'],
    ])
    core.settle(first[0]?.id ?? 0, 1, minute)
    expect(core.dispatch(minute).grants.map(({ id }) => id)).toEqual([waiting])
  })

  it('charges what was really used, as a debt if need be', () => {
    const core = coreWith(lend, 1)
    ask(core, 1, 10)
    const [grant] = core.dispatch(minute).grants
    expect(core.settle(grant?.id ?? 0, 510, minute)).toBe(true)
    expect(core.common(minute)).toMatchObject({
      tokens: 200 - 510,
      totals: { reserved: 10, settled: 10, refunded: 0, overrun: 500 },
    })
    expect(core.settle(grant?.id ?? 0, 0, minute)).toBe(false)
  })

  it('serves the untracked as one of the tail', () => {
    const core = coreWith({ ...lend, untracked: 1 }, 8)
    for (const id of [1, 8, 'untracked'] as const) askMany(core, id, 700)
    const granted = grantsUntil(core, 3 * minute)
    const [first, last] = [countOf(granted, 1), countOf(granted, 8)]
    // 64 to 1, in whole requests.
    expect(Math.abs(granted.length - first - first / 64)).toBeLessThan(1)
    expect(Math.abs(granted.length - first - 2 * last)).toBeLessThanOrEqual(1)
  })
})

/** Wishes for upstream a, of one place, and for b, of any number. */
describe('a task that waits for a full upstream', () => {
  const many = { ...lend, baseRate: 6000 }
  const coreOfTwo = (rules: CapacityRules): CapacityCore => {
    const core = coreWith(rules, 2)
    core.setLane('a', 1)
    return core
  }
  const lanesOf = (core: CapacityCore, nowMs: number) => core.dispatch(nowMs).grants.map(({ lane }) => lane)

  it.each(['lend', 'strict'] as const)(
    'has what it wants of a free one, and is first when it opens: %s',
    (mode) => {
      const core = coreOfTwo({ ...many, mode })
      for (const lane of ['a', 'a', 'b', 'b']) ask(core, 1, 1, lane)
      const { grants } = core.dispatch(minute)
      expect(grants.map(({ id, lane }) => [id, lane])).toEqual([
        [1, 'a'],
        [3, 'b'],
        [4, 'b'],
      ])
      ask(core, 1, 1, 'b')
      core.settle(1, 1, minute)
      expect(core.dispatch(minute).grants.map(({ id }) => id)).toEqual([2, 5])
    },
  )

  it('keeps nothing that needs no place', () => {
    const core = coreOfTwo(many)
    for (const lane of ['a', 'a', null]) ask(core, 1, 1, lane)
    expect(lanesOf(core, minute)).toEqual(['a', null])
  })

  it('is granted another one when the first of its lane is taken back, and leaves with all of them', () => {
    const core = coreOfTwo(many)
    const [, second, third] = ['a', 'a', 'b', 'b', 'a'].map((lane) => ask(core, 1, 1, lane))
    core.setLane('b', 0)
    expect(lanesOf(core, minute)).toEqual(['a'])
    expect(core.cancel(third as number, minute)).toBe(true)
    core.setLane('b', 1)
    expect(core.dispatch(minute).grants.map(({ id }) => id)).toEqual([4])
    expect(core.leave(taskId(1), minute)).toEqual([second, 5])
  })

  it('has no more than its share by that', () => {
    const core = coreOfTwo({ ...many, inFlight: 1 })
    core.setLane('a', 0)
    for (const lane of ['a', 'b']) for (let left = 100; left > 0; left -= 1) ask(core, 1, 1, lane)
    for (let left = 100; left > 0; left -= 1) ask(core, 2, 1, 'b')
    const granted = grantsUntil(core, 450)
    expect(granted).toHaveLength(90)
    expect(Math.abs(countOf(granted, 1) - 60)).toBeLessThanOrEqual(1)
  })

  it('moves on with all that it waits for, also into the tail and out of it', () => {
    const core = coreOfTwo({ ...many, depth: 1 })
    for (const lane of ['a', 'a', 'b', 'b']) ask(core, 2, 1, lane)
    core.setLane('b', 1)
    expect(lanesOf(core, minute)).toEqual(['a', 'b'])
    core.move(task(2, 1), minute)
    core.move(task(1, 2), minute)
    core.setLane('b', 2)
    expect(lanesOf(core, minute)).toEqual(['b'])
    core.setLane('a', 2)
    expect(lanesOf(core, minute)).toEqual(['a'])
  })

  it('is served in the end, however many choices of upstreams there are at a time', () => {
    const [tasks, upstreams] = [255, 8]
    const core = coreWith({ ...many, inFlight: 5 }, tasks)
    for (let lane = 0; lane < upstreams; lane += 1) core.setLane(String(lane), 1)
    let wishes = 0
    for (let id = 1; id <= tasks; id += 1) {
      const lanes = Array.from({ length: upstreams }, (_, lane) => lane).filter((lane) => id & (1 << lane))
      for (const lane of lanes) ask(core, id, 1, String(lane))
      wishes += lanes.length
    }
    expect(grantsUntil(core, minute)).toHaveLength(wishes)
    expect(core.common(minute)).toMatchObject({ waiting: 0, inFlight: 0 })
  })

  it('saves up for it in mode strict: what goes before it leaves it what it needs', () => {
    const core = coreOfTwo(strict)
    core.setLane('a', 0)
    ask(core, 1, 100, 'a')
    for (const _ of [1, 2]) ask(core, 1, 10, 'b')
    expect(grantsUntil(core, minute)).toEqual([])
    const later = grantsUntil(core, 2 * minute, minute)
    expect(later.map(({ atMs }) => atMs)).toEqual([66_000, 72_000])
    core.setLane('a', 1)
    expect(lanesOf(core, 2 * minute)).toEqual(['a'])
  })
})

describe('who may not, or no longer', () => {
  it.each([
    ['a task of another node', 2],
    ['one that nobody knows', 3],
  ])('%s is refused', (_, id) => {
    const core = coreWith(lend, 1)
    core.enter(task(2), false, 0)
    expect(core.ask({ holder: taskId(id), amount: 1, lane: null }, 0)).toMatchObject({
      asked: false,
      reason: 'not_in_progress',
    })
  })

  it('the untracked are refused where they are not allowed, and when they no longer are', () => {
    const core = coreWith({ ...lend, untracked: 1 }, 1)
    const wish = ask(core, 'untracked')
    expect(core.setRules(lend, 0)).toEqual([wish])
    expect(core.ask({ holder: 'untracked', amount: 1, lane: null }, 0)).toMatchObject({ asked: false })
  })

  it('more than may wait are refused, with a time and a position', () => {
    const core = coreWith({ ...lend, waitingPerHolderMax: 2 }, 1)
    ask(core, 1, 10)
    ask(core, 1, 10)
    expect(core.ask({ holder: taskId(1), amount: 10, lane: null }, 0)).toEqual({
      asked: false,
      reason: 'too_many',
      retryAfterMs: 9000,
      position: 1,
    })
  })

  it('who leaves takes its wishes along; what it was granted may still be settled', () => {
    const core = coreWith(lend, 2)
    ask(core, 1)
    const [grant] = core.dispatch(minute).grants
    const waiting = ask(core, 1)
    expect(core.leave(taskId(1), minute)).toEqual([waiting])
    expect(core.dispatch(minute).grants).toEqual([])
    expect(core.settle(grant?.id ?? 0, 0, minute)).toBe(true)
    expect(core.common(minute)).toMatchObject({ waiting: 0, inFlight: 0, tokens: 200 })
  })

  it.each([Number.NaN, -1, Infinity])('%d is no amount', (amount) => {
    const core = coreWith(lend, 1)
    expect(() => core.ask({ holder: taskId(1), amount, lane: null }, 0)).toThrow(RangeError)
  })
})

describe('a change of mode', () => {
  it('takes along what is at hand, in proportion to the shares', () => {
    const core = coreWith(lend, 2)
    core.setRules(strict, minute)
    expect([1, 2].map((id) => core.view(taskId(id), minute)?.tokens)).toEqual([(200 * 2) / 3, 200 / 3])
    core.setRules(lend, minute)
    expect(core.common(minute).tokens).toBeCloseTo(200, 9)
  })

  it('keeps those who wait waiting', () => {
    const core = coreWith(lend, 2)
    ask(core, 2, 50)
    core.setRules(strict, 0)
    expect(grantsUntil(core, 10 * minute)).toEqual([{ holder: 2, atMs: minute }])
  })
})
