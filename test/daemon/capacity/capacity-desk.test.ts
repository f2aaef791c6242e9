import { beforeEach, describe, expect, it } from 'vitest'
import { createCapacityDesk, type CapacityDesk } from '../../../src/daemon/capacity/capacity-desk.ts'
import type { CapacityRules } from '../../../src/domain/capacity/rules.ts'
import { taskId, type TaskId } from '../../../src/domain/ids.ts'
import type { CapacityAnswer, CapacityGrant, CapacityWish } from '../../../src/ports/capacity.ts'
import type { StateStore } from '../../../src/ports/state-store.ts'
import { capacityContract } from '../../contract-suites/capacity.ts'
import { fakeClock, type FakeClock } from '../../fakes/clock.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { fakeRandom } from '../../fakes/random.ts'
import { fakeStateStore } from '../../fakes/state-store.ts'

const seeds: CapacityRules = {
  mode: 'strict',
  baseRate: 100,
  burstMinutes: 2,
  depth: 7,
  inFlight: 64,
  untracked: 0,
  costMax: Infinity,
  waitingPerHolderMax: 100,
  waitingMax: 200,
}
const minute = 60_000
const [first, second, third] = [taskId(1), taskId(2), taskId(3)]

interface World {
  desk: CapacityDesk
  clock: FakeClock
  store: StateStore
  looked: number
  order(ids: readonly TaskId[], elsewhere?: readonly TaskId[]): void
}

function worldOf(
  rules: Partial<CapacityRules> = {},
  { clock = fakeClock(), store = fakeStateStore() }: { clock?: FakeClock; store?: StateStore } = {},
): World {
  const world: World = {
    clock,
    store,
    looked: 0,
    desk: createCapacityDesk({
      rules: { ...seeds, ...rules },
      store,
      lookAgain: () => void (world.looked += 1),
      clock,
      random: fakeRandom(1),
      logger: fakeLogger(),
    }),
    order(ids, elsewhere = []) {
      const tasks = ids.map((id, index) => ({
        id,
        urgent: false,
        urgentAt: null,
        startedAt: index,
        own: !elsewhere.includes(id),
      }))
      world.desk.order(tasks, clock.monotonicMs())
    },
  }
  return world
}

for (const mode of ['strict', 'lend'] as const) {
  capacityContract(`desk over the core, ${mode}`, () => {
    const world = worldOf({ mode, untracked: 1 })
    const { desk, clock } = world
    let known: readonly TaskId[] = []
    // The slowest are the untracked, who have the tail.
    const slowest = mode === 'strict' ? 200 / 2 ** seeds.depth : 200
    return {
      capacity: desk,
      order(ids) {
        known = ids
        world.order(ids)
      },
      supply: (units) => clock.advance((units * minute) / slowest),
      async pass(ms) {
        await clock.advance(ms)
        // The board looks when it was asked to.
        if (world.looked > 0) world.order(known)
      },
      lane: (name, places) => desk.setLanes([{ name, places }]),
      stop: () => desk.stop(),
    }
  })
}

describe('the capacity desk', () => {
  let on: World
  beforeEach(() => {
    on = worldOf()
    return () => {
      on.desk.stop()
      expect(on.clock.pending).toBe(0)
    }
  })

  const ask = (more: Partial<CapacityWish> = {}, desk = on.desk) => {
    const answers: CapacityAnswer[] = []
    const wish = { holder: first, amount: 1, lane: null, maxWaitMs: 60 * minute, ...more }
    const asked = desk.ask(wish, (answer) => void answers.push(answer))
    return { answers, cancel: () => asked.cancel() }
  }
  const tokensOf = (...ids: TaskId[]) =>
    on.desk.sharesOf(ids.map((id) => ({ id }))).map((share) => Math.round(share?.tokens ?? -1))

  it("fills the seeds' buckets: 100, 50 and 25 a minute, twice that at most", async () => {
    on.order([first, second, third])
    await on.clock.advance(minute)
    expect(tokensOf(first, second, third)).toEqual([100, 50, 25])
    await on.clock.advance(9 * minute)
    expect(tokensOf(first, second, third)).toEqual([200, 100, 50])
    expect(on.desk.sharesOf([{ id: first }])).toMatchObject([
      { capacityPct: 50, ratePerMinute: 100, burst: 200, bucket: 'own', waiting: 0 },
    ])
  })

  it('asks for one more look when a task is not seen yet, and waits for it, now or never too', async () => {
    on.order([first])
    await on.clock.advance(minute)
    const early = ask({ holder: second, amount: 0, maxWaitMs: 0 })
    expect([on.looked, early.answers]).toEqual([1, []])
    await on.clock.advance(50)
    on.order([first, second])
    expect(early.answers).toMatchObject([{ granted: true, grant: { position: 2, waitedMs: 50 } }])
  })

  it('refuses for good only after a look that began after the question', () => {
    const readMs = on.clock.monotonicMs()
    on.clock.stall(10)
    const { answers } = ask()
    on.desk.order([], readMs)
    expect(answers).toEqual([])
    on.order([])
    expect(answers).toMatchObject([{ granted: false, reason: 'not_in_progress' }])
  })

  it('refuses a task that another node works on', () => {
    on.order([first, second], [second])
    const { answers } = ask({ holder: second })
    on.order([first, second], [second])
    expect(answers).toMatchObject([{ granted: false, reason: 'not_in_progress', position: 2 }])
    expect(on.desk.sharesOf([{ id: second }])).toMatchObject([{ bucket: 'elsewhere', capacityPct: 25 }])
  })

  it('uses one timer, however many wait', async () => {
    on.order([first, second, third])
    const wishes = Array.from({ length: 50 }, (_, index) => ask({ holder: taskId(1 + (index % 3)) }))
    // Its own, and that of the keeping.
    expect(on.clock.pending).toBeLessThanOrEqual(2)
    await on.clock.advance(minute)
    const granted = wishes.filter(({ answers }) => answers[0]?.granted)
    expect(granted).toHaveLength(50)
  })

  it('lets those who are told ask, cancel and settle in the same breath', async () => {
    on.order([first])
    await on.clock.advance(2 * minute)
    const granted: CapacityGrant[] = []
    let more = 200
    const again = () => {
      on.desk.ask({ holder: first, amount: 1, lane: null, maxWaitMs: 0 }, (answer) => {
        if (!answer.granted) return
        granted.push(answer.grant)
        answer.grant.settle(1)
        more -= 1
        if (more > 0) again()
      })
    }
    again()
    await on.clock.advance(0)
    expect(granted).toHaveLength(200)
    expect(new Set(granted.map(({ id }) => id)).size).toBe(200)
  })

  it('refunds a grant whose wish is taken back by the answer before it', async () => {
    on.order([first])
    let victim = { cancel: () => {} }
    on.desk.ask({ holder: first, amount: 0, lane: null, maxWaitMs: minute }, () => {})
    on.desk.ask({ holder: first, amount: 1, lane: null, maxWaitMs: minute }, () => victim.cancel())
    const { answers, cancel } = ask({ amount: 0 })
    victim = { cancel }
    await on.clock.advance(minute)
    expect(answers).toEqual([])
    expect(on.desk.view().inFlight).toBe(2)
  })

  it('ends with whoever asks again and again upon a refusal', async () => {
    on.order([first])
    let refusals = 0
    const again = () => {
      on.desk.ask({ holder: first, amount: 1, lane: null, maxWaitMs: 0 }, (answer) => {
        refusals += 1
        if (!answer.granted && refusals < 500) again()
      })
    }
    again()
    // In turns of the event loop, between which others come.
    expect(refusals).toBeLessThan(100)
    await on.clock.advance(1)
    expect(refusals).toBe(500)
  })

  it('lets a task wait that cannot be looked for, and not for ever', async () => {
    const { answers } = ask({ maxWaitMs: 10_000 })
    await on.clock.advance(9_999)
    expect(answers).toEqual([])
    await on.clock.advance(1)
    expect(answers).toMatchObject([{ granted: false, reason: 'too_late', position: null }])
  })

  it('takes no wish for an amount that is none', () => {
    expect(() => ask({ amount: Number.NaN })).toThrow('NaN units')
    expect(() => ask({ amount: -1 })).toThrow('-1 units')
    expect(on.desk.view().waiting).toBe(0)
  })

  it('goes on when somebody throws upon an answer', async () => {
    on.order([first])
    on.desk.ask({ holder: first, amount: 1, lane: null, maxWaitMs: minute }, () => {
      throw new Error('mine')
    })
    const next = ask()
    await on.clock.advance(minute)
    expect(next.answers).toMatchObject([{ granted: true }])
  })

  it('applies new rules at once, and settles what came in at the old rate', async () => {
    on.order([first])
    await on.clock.advance(minute / 2)
    on.desk.setRules({ ...seeds, baseRate: 10 })
    expect(tokensOf(first)).toEqual([20])
    on.desk.setRules({ ...seeds, mode: 'lend', baseRate: 1000 })
    await on.clock.advance(minute / 10)
    expect(on.desk.view()).toMatchObject({ mode: 'lend', wholePerMinute: 2000, ratePerMinute: 2000 })
    expect(on.desk.view().common?.tokens).toBeCloseTo(220)
  })

  it('estimates no more than a full bucket for an amount that leaves a debt', () => {
    on.order([first])
    expect(ask({ amount: 1e6, maxWaitMs: 0 }).answers).toMatchObject([{ retryAfterMs: 2 * minute }])
    ask({ amount: 1e6 })
    expect(on.desk.sharesOf([{ id: first }])).toMatchObject([{ waiting: 1, waitMs: 2 * minute }])
  })

  it('gives a lone task the whole in lend mode, and a node no more than its part', async () => {
    const lend = worldOf({ mode: 'lend' })
    lend.order([first, second], [first])
    expect(lend.desk.view().ratePerMinute).toBeCloseTo(200 / 3)
    lend.order([second])
    expect(lend.desk.view().ratePerMinute).toBe(200)
    await lend.clock.advance(minute)
    expect(lend.desk.view().common?.tokens).toBeCloseTo(200, 0)
    for (let seconds = 0; seconds < 300; seconds += 3) {
      const [answer] = ask({ holder: second, amount: 10 }, lend.desk).answers
      if (answer?.granted) answer.grant.settle(10)
      await lend.clock.advance(3_000)
    }
    expect(lend.desk.sharesOf([{ id: second }])).toMatchObject([{ ratePerMinute: 100, bucket: 'common' }])
    // It has had the whole 200 a minute.
    const [share] = lend.desk.sharesOf([{ id: second }])
    expect(share?.lent).toBeGreaterThan(90)
    expect(share?.lent).toBeLessThan(110)
    lend.desk.stop()
  })

  it.each(['strict', 'lend'] as const)(
    'keeps balances over a crash, less a tenth of the burst, and gives none twice (%s)',
    async (mode) => {
      const before = worldOf({ mode })
      before.order([first, second])
      await before.clock.advance(minute)
      for (let used = 0; used < 30; used += 1) ask({ maxWaitMs: 0 }, before.desk)
      const at = (world: World) => world.desk.sharesOf([{ id: first }])[0]?.tokens ?? 0
      const held = at(before)
      // No stop, no keeping: the daemon is gone in the middle of it, and nothing comes in while it is.
      const after = worldOf({ mode }, { store: before.store, clock: fakeClock({ monotonicMs: 1e9 }) })
      after.order([first, second])
      expect(at(after)).toBeLessThanOrEqual(held)
      expect(at(after)).toBeGreaterThan(held - 0.1 * 400 - 3.4)
      after.desk.stop()
      const again = worldOf({ mode }, { store: after.store })
      again.order([first, second])
      expect(at(again)).toBeCloseTo(at(after), 9)
      for (const { desk } of [before, again]) desk.stop()
    },
  )
})
