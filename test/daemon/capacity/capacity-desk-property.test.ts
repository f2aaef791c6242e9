import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { createCapacityDesk } from '../../../src/daemon/capacity/capacity-desk.ts'
import { taskId, type TaskId } from '../../../src/domain/ids.ts'
import type { AskedCapacity, CapacityAnswer } from '../../../src/ports/capacity.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { fakeRandom } from '../../fakes/random.ts'
import { fakeStateStore } from '../../fakes/state-store.ts'

const ids = [1, 2, 3, 4].map(taskId)
const anyOf = fc.nat()
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('ask' as const),
      whose: anyOf,
      amount: fc.nat(40),
      waitMs: fc.nat(30_000),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('settle' as const), which: anyOf, used: fc.nat(60) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), which: anyOf }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('order' as const), present: fc.subarray(ids) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('mode' as const), mode: fc.constantFrom('lend', 'strict') }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.nat(20_000) }) },
)

interface Wish {
  answers: CapacityAnswer[]
  isCancelled: boolean
  asked: AskedCapacity
}

it('answers every wish once, or never when it was taken back, whatever happens around it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const clock = fakeClock()
      const rules = {
        mode: 'lend' as 'lend' | 'strict',
        baseRate: 100,
        burstMinutes: 2,
        depth: 2,
        inFlight: 3,
        untracked: 0,
        costMax: Infinity,
        waitingPerHolderMax: 4,
        waitingMax: 8,
      }
      let present: readonly TaskId[] = ids
      const desk = createCapacityDesk({
        rules,
        store: fakeStateStore(),
        lookAgain: () => {},
        clock,
        random: fakeRandom(1),
        logger: fakeLogger(),
      })
      const look = () =>
        desk.order(
          present.map((id) => ({ id, urgent: false, urgentAt: null, startedAt: id, own: true })),
          clock.monotonicMs(),
        )
      desk.setLanes([{ name: 'llm', places: 2 }])
      look()
      const wishes: Wish[] = []
      const pick = (which: number) => wishes[which % Math.max(1, wishes.length)]
      for (const one of steps) {
        if (one.do === 'ask') {
          const answers: CapacityAnswer[] = []
          const wish = {
            holder: taskId(1 + (one.whose % 5)),
            amount: one.amount,
            lane: one.whose % 2 ? 'llm' : null,
          }
          const asked = desk.ask({ ...wish, maxWaitMs: one.waitMs }, (answer) => void answers.push(answer))
          wishes.push({ answers, isCancelled: false, asked })
        } else if (one.do === 'settle') {
          const [answer] = pick(one.which)?.answers ?? []
          if (answer?.granted) answer.grant.settle(one.used)
        } else if (one.do === 'cancel') {
          const wish = pick(one.which)
          if (wish !== undefined && wish.answers.length === 0) wish.isCancelled = true
          wish?.asked.cancel()
        } else if (one.do === 'order') {
          present = one.present
          look()
        } else if (one.do === 'mode') desk.setRules({ ...rules, mode: one.mode })
        else await clock.advance(one.ms)
        expect(wishes.every(({ answers }) => answers.length <= 1)).toBe(true)
        expect(desk.view().inFlight).toBeLessThanOrEqual(rules.inFlight)
      }
      desk.refuse()
      for (const { answers, isCancelled } of wishes) expect(answers).toHaveLength(isCancelled ? 0 : 1)
      for (const [answer] of wishes.map(({ answers }) => answers)) if (answer?.granted) answer.grant.refund()
      expect(desk.view()).toMatchObject({ inFlight: 0, waiting: 0 })
      desk.stop()
      expect(clock.pending).toBe(0)
    }),
    { numRuns: 150 },
  )
})
