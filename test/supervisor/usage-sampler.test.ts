import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { UsageSampler } from '../../src/supervisor/usage-sampler.ts'
import { fakeClock, type FakeClock } from '../fakes/clock.ts'
import { fakeLogger } from '../fakes/logger.ts'

describe('the sampling of memory and CPU', () => {
  let clock: FakeClock
  let sampler: UsageSampler
  let looks: number[]

  beforeEach(() => {
    clock = fakeClock({ monotonicMs: 0 })
    looks = []
    sampler = new UsageSampler({
      clock,
      logger: fakeLogger(),
      sample: async () => void looks.push(clock.monotonicMs()),
    })
  })

  afterEach(() => {
    sampler.stop()
    expect(clock.pending).toBe(0)
  })

  it('looks soon after a start and once more when it has grown, then every 30 s', async () => {
    sampler.soon()
    await clock.advance(70_000)
    expect(looks).toEqual([200, 2_200, 32_200, 62_200])
  })

  it('is not put off by a row of starts, and not driven by it either', async () => {
    for (let start = 0; start < 1_000; start += 1) {
      sampler.soon()
      await clock.advance(10)
    }
    expect(looks).toEqual([200, 2_200, 4_200, 6_200, 8_200])
  })

  it('looks again for what was started shortly before a look', async () => {
    sampler.soon()
    await clock.advance(190)
    sampler.soon()
    await clock.advance(3_000)
    expect(looks).toEqual([200, 2_200])
  })

  it('goes on after a look that failed', async () => {
    const failing = new UsageSampler({
      clock,
      logger: fakeLogger(),
      sample: async () => {
        looks.push(clock.monotonicMs())
        throw new Error('no /proc')
      },
    })
    failing.soon()
    await clock.advance(5_000)
    failing.stop()
    expect(looks).toEqual([200, 2_200])
  })
})
