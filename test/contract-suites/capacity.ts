import { beforeEach, describe, expect, it } from 'vitest'
import { taskId, type TaskId } from '../../src/domain/ids.ts'
import type { Capacity, CapacityAnswer, CapacityGrant, CapacityWish } from '../../src/ports/capacity.ts'

/** Nothing is there at first: what is asked for waits until it is supplied. */
export interface CapacityUnderTest {
  capacity: Capacity
  /** These tasks are in progress on this node, the first at position 1. */
  order(ids: readonly TaskId[]): void
  /** Lets there be at least so many units for each, and nothing of any wait. */
  supply(units: number): Promise<void>
  /** Lets time pass; it may bring units of its own, fewer than one. */
  pass(ms: number): Promise<void>
  lane(name: string, places: number): void
  stop(): void
}

const [first, second, stranger] = [taskId(1), taskId(2), taskId(99)]

/** What every implementation of the port promises, whatever its arithmetic. */
export function capacityContract(name: string, make: () => CapacityUnderTest): void {
  describe(`capacity contract: ${name}`, () => {
    let under: CapacityUnderTest
    beforeEach(() => {
      under = make()
      under.order([first, second])
      return () => under.stop()
    })

    /** Asks for 1 unit and no lane unless told otherwise; gathers the answers. */
    function ask(more: Partial<CapacityWish> = {}) {
      const answers: CapacityAnswer[] = []
      const asked = under.capacity.ask(
        { holder: first, amount: 1, lane: null, maxWaitMs: 3_600_000, ...more },
        (answer) => void answers.push(answer),
      )
      return { answers, cancel: () => asked.cancel(), grant: () => grantIn(answers) }
    }

    it('answers at once when there is enough, and says what was given', async () => {
      await under.supply(1)
      const { answers, grant } = ask()
      expect(answers).toHaveLength(1)
      expect(grant()).toMatchObject({ holder: first, position: 1, amount: 1, waitedMs: 0 })
      expect(grant().share).toBeCloseTo(0.5)
      expect(grant().id).not.toBe('')
    })

    it('lets wait, and answers once', async () => {
      const { answers, grant } = ask({ holder: second })
      expect(answers).toEqual([])
      await under.supply(2)
      expect(grant()).toMatchObject({ holder: second, position: 2 })
      grant().settle(1)
      await under.supply(2)
      expect(answers).toHaveLength(1)
    })

    it('refuses now or never, with how long it would take', () => {
      const { answers } = ask({ maxWaitMs: 0 })
      expect(answers).toMatchObject([{ granted: false, reason: 'too_late', position: 1 }])
      expect(retryAfterOf(answers)).toBeGreaterThan(0)
    })

    it('refuses when the wait is over, and grants nothing for it afterwards', async () => {
      const { answers } = ask({ maxWaitMs: 50 })
      await under.pass(49)
      expect(answers.every(({ granted }) => !granted)).toBe(true)
      await under.pass(2)
      expect(answers).toMatchObject([{ granted: false, reason: 'too_late' }])
      await under.supply(2)
      expect(answers).toHaveLength(1)
    })

    it('never answers a wish that was taken back, nor lets it keep anybody', async () => {
      const wish = ask()
      const next = ask()
      wish.cancel()
      wish.cancel()
      await under.supply(1)
      expect(wish.answers).toEqual([])
      expect(next.answers).toHaveLength(1)
      next.cancel()
      next.grant().settle(1)
    })

    it('refuses a task that is not in progress, once it is sure of that', async () => {
      const { answers } = ask({ holder: stranger })
      await under.pass(10_000)
      expect(answers).toMatchObject([{ granted: false, reason: 'not_in_progress', position: null }])
    })

    it('refuses who waits for a task that ends', async () => {
      const [gone, stays] = [ask(), ask({ holder: second })]
      under.order([second])
      expect(gone.answers).toMatchObject([{ granted: false, reason: 'not_in_progress' }])
      await under.supply(2)
      expect(stays.grant()).toMatchObject({ position: 1 })
    })

    it('serves the wishes of one holder in the order of asking', async () => {
      const order: number[] = []
      for (const number of [1, 2, 3])
        under.capacity.ask({ holder: first, amount: 1, lane: null, maxWaitMs: 3_600_000 }, (answer) => {
          order.push(number)
          if (answer.granted) answer.grant.settle(1)
        })
      await under.supply(3)
      expect(order).toEqual([1, 2, 3])
    })

    it('gives no more places in a lane than it has, and frees one at each settlement, once', async () => {
      under.lane('llm', 1)
      await under.supply(20)
      const [one, two, three] = [ask({ lane: 'llm' }), ask({ lane: 'llm' }), ask({ lane: 'llm' })]
      const elsewhere = ask({ holder: second })
      expect([one, two, three, elsewhere].map(({ answers }) => answers.length)).toEqual([1, 0, 0, 1])
      one.grant().settle(1)
      one.grant().settle(1)
      one.grant().refund()
      expect([two.answers.length, three.answers.length]).toEqual([1, 0])
      two.grant().refund()
      expect(three.answers).toHaveLength(1)
    })

    it('gives a released place to the next, and takes the settlement all the same, once', async () => {
      under.lane('llm', 1)
      await under.supply(20)
      const [one, two, three] = [ask({ lane: 'llm' }), ask({ lane: 'llm' }), ask({ lane: 'llm' })]
      one.grant().release()
      one.grant().release()
      expect([two, three].map(({ answers }) => answers.length)).toEqual([1, 0])
      one.grant().settle(1)
      expect(three.answers).toEqual([])
      two.grant().settle(1)
      expect(three.answers).toHaveLength(1)
    })

    it('gives back what was refunded', async () => {
      await under.supply(1)
      const all = []
      for (let one = ask({ maxWaitMs: 0 }); one.answers[0]?.granted; one = ask({ maxWaitMs: 0 }))
        all.push(one)
      all.at(-1)?.grant().refund()
      expect(ask({ maxWaitMs: 0 }).answers[0]?.granted).toBe(true)
    })

    it('serves the untracked, who have no position', async () => {
      await under.supply(1)
      const { grant } = ask({ holder: 'untracked' })
      await under.supply(1)
      expect(grant()).toMatchObject({ holder: 'untracked', position: null })
    })

    it('takes questions from within an answer', async () => {
      const answers: boolean[] = []
      under.capacity.ask({ holder: first, amount: 1, lane: null, maxWaitMs: 3_600_000 }, (answer) => {
        if (answer.granted) answer.grant.settle(1)
        const again = { holder: first, amount: 1, lane: null, maxWaitMs: 3_600_000 }
        under.capacity.ask(again, ({ granted }) => void answers.push(granted))
      })
      await under.supply(1)
      await under.supply(1)
      expect(answers).toEqual([true])
    })

    it('refuses all who wait, and all who come, once it stops', () => {
      const wish = ask()
      under.stop()
      const late = ask()
      for (const { answers } of [wish, late])
        expect(answers).toMatchObject([{ granted: false, reason: 'stopping' }])
    })
  })
}

function grantIn([answer]: readonly CapacityAnswer[]): CapacityGrant {
  if (answer?.granted !== true) throw new Error(`no grant: ${JSON.stringify(answer ?? 'no answer')}`)
  return answer.grant
}

function retryAfterOf([answer]: readonly CapacityAnswer[]): number | undefined {
  return answer?.granted === false ? answer.retryAfterMs : undefined
}
