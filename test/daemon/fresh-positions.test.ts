import { expect, it } from 'vitest'
import type { PositionView } from '../../src/contract/views.ts'
import { freshPositions } from '../../src/daemon/fresh-positions.ts'
import { fakeClock } from '../fakes/clock.ts'

/** A board that holds none until it reads; a read takes as long as it is told. */
function setUp(tookMs = 0) {
  const clock = fakeClock()
  let held = 0
  let reads = 0
  const board = {
    views: () => Array.from({ length: held }, () => ({}) as PositionView),
    async runNow() {
      reads += 1
      if (tookMs > 0) await clock.sleep(tookMs)
      held = 4
    },
  }
  return { clock, fresh: freshPositions(board, clock), held: () => held, reads: () => reads }
}

it('reads the order anew where it holds another number of tasks than are counted', async () => {
  const { fresh, held, reads, clock } = setUp()
  await fresh(0)
  expect(reads()).toBe(0)
  await fresh(4)
  expect(held()).toBe(4)
  await fresh(4)
  expect(reads()).toBe(1)
  expect(clock.pending).toBe(0)
})

it('is read for all who ask at the same moment once, and rarely where the numbers go on changing', async () => {
  const { clock, fresh, reads } = setUp()
  await Promise.all([fresh(5), fresh(5), fresh(5)])
  await fresh(5)
  expect(reads()).toBe(1)
  await clock.advance(1_000)
  await fresh(5)
  expect(reads()).toBe(2)
})

it('keeps nobody waiting for a slow database, and rests ten times as long as that took', async () => {
  const { clock, fresh, held, reads } = setUp(2_000)
  let answered = false
  const asked = fresh(4).then(() => (answered = true))
  await clock.advance(499)
  expect(answered).toBe(false)
  await clock.advance(1)
  await asked
  expect(held()).toBe(0)
  await clock.advance(2_000)
  expect(held()).toBe(4)
  await clock.advance(19_000)
  await fresh(5)
  expect(reads()).toBe(1)
  await clock.advance(1_000)
  void fresh(5)
  expect(reads()).toBe(2)
  await clock.advance(2_000)
  expect(clock.pending).toBe(0)
})
