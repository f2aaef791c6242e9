import { describe, expect, it } from 'vitest'
import { createDuty, type Skipped } from '../../src/daemon/duty.ts'
import { fakeClock } from '../fakes/clock.ts'
import { fakeLogger } from '../fakes/logger.ts'

function setUp(run: (count: number) => Promise<number | Skipped | void>, shareMax = 1) {
  const clock = fakeClock()
  const logger = fakeLogger()
  const starts: number[] = []
  const settled: unknown[] = []
  const duty = createDuty(
    {
      name: 'testing',
      everyMs: 10_000,
      minGapMs: 100,
      shareMax,
      run() {
        starts.push(clock.monotonicMs() - 1000)
        return run(starts.length)
      },
      settled: (error) => settled.push(error),
    },
    { clock, logger },
  )
  return { clock, logger, starts, settled, duty }
}

describe('a duty', () => {
  it('runs at once, then at its interval', async () => {
    const { clock, starts, duty } = setUp(async () => {})
    duty.start()
    await clock.advance(25_000)
    expect(starts).toEqual([0, 10_000, 20_000])
    await duty.stop()
    expect(clock.pending).toBe(0)
  })

  it('runs when it asked to, but never later than its interval', async () => {
    const { clock, starts, duty } = setUp(async (count) => (count === 1 ? 500 : 99_000))
    duty.start()
    await clock.advance(11_000)
    expect(starts).toEqual([0, 500, 10_500])
    await duty.stop()
  })

  it('tells how long a pass has been under way, or has been due without beginning', async () => {
    const gate = Promise.withResolvers<void>()
    const { clock, duty } = setUp((count) => (count === 1 ? gate.promise : Promise.resolve()))
    expect(duty.waitingMs()).toBe(0)
    duty.start()
    await clock.advance(7_000)
    expect(duty.waitingMs()).toBe(7_000)
    gate.resolve()
    await clock.advance(9_000)
    expect(duty.waitingMs()).toBe(0)
    clock.stall(60_000)
    expect(duty.waitingMs()).toBe(59_000)
    await duty.stop()
    expect(duty.waitingMs()).toBe(0)
  })

  it('folds a flood of wakes into one run a gap', async () => {
    const { clock, starts, duty } = setUp(async () => {})
    duty.start()
    await clock.advance(0)
    for (let i = 0; i < 1000; i++) duty.wake()
    await clock.advance(99)
    expect(starts).toEqual([0])
    await clock.advance(1)
    expect(starts).toEqual([0, 100])
    await duty.stop()
  })

  it('takes no more than its share of the time, however often it is woken', async () => {
    const { clock, starts, duty } = setUp(() => clock.sleep(500), 0.1)
    duty.start()
    await clock.advance(0)
    for (let step = 0; step < 100; step++) {
      duty.wake()
      await clock.advance(100)
    }
    await clock.advance(500)
    expect(starts).toEqual([0, 5_000, 10_000])
    await duty.stop()
  })

  it('never overlaps, and looks once more when woken during a run', async () => {
    const gate = Promise.withResolvers<void>()
    const { clock, starts, duty } = setUp((count) => (count === 1 ? gate.promise : Promise.resolve()))
    duty.start()
    await clock.advance(0)
    duty.wake()
    duty.wake()
    await clock.advance(5_000)
    expect(starts).toHaveLength(1)
    gate.resolve()
    await clock.advance(0)
    expect(starts).toHaveLength(2)
    await clock.advance(9_000)
    expect(starts).toHaveLength(2)
    await duty.stop()
  })

  it('tells the first failure of a streak, retries with growing waits, and says when it works again', async () => {
    const { clock, logger, starts, settled, duty } = setUp(async (count) => {
      if (count <= 3) throw new Error('no luck')
    })
    duty.start()
    await clock.advance(2_000)
    expect(starts).toEqual([0, 250, 750, 1_750])
    expect(settled.map((error) => (error as Error | null)?.message ?? null)).toEqual([
      'no luck',
      'no luck',
      'no luck',
      null,
    ])
    expect(logger.lines.filter((line) => line.level === 'warn')).toHaveLength(1)
    expect(logger.lines.at(-1)?.message).toBe('testing works again')
    await duty.stop()
  })

  it('says nothing of a pass that was skipped, and that it works again after one that really was', async () => {
    const { clock, logger, starts, settled, duty } = setUp(async (count) => {
      if (count === 1) throw new Error('no luck')
      return count < 4 ? { skippedForMs: 3_000 } : undefined
    })
    duty.start()
    await clock.advance(6_000)
    expect(starts).toEqual([0, 250, 3_250])
    expect(settled).toHaveLength(1)
    expect(logger.lines.map(({ message }) => message)).toEqual(['testing failed: no luck'])
    await clock.advance(1_000)
    expect(settled).toHaveLength(2)
    expect(logger.lines.at(-1)?.message).toBe('testing works again')
    await duty.stop()
  })

  it('runs nothing after stop, and stop waits for the present run', async () => {
    const gate = Promise.withResolvers<void>()
    const { clock, starts, duty } = setUp(() => gate.promise)
    duty.start()
    await clock.advance(0)
    duty.wake()
    let stopped = false
    const stopping = duty.stop().then(() => {
      stopped = true
    })
    await clock.advance(0)
    expect(stopped).toBe(false)
    gate.resolve()
    await stopping
    await clock.advance(60_000)
    expect(starts).toHaveLength(1)
    expect(clock.pending).toBe(0)
  })

  it('answers runNow only when a run that began after the call has ended', async () => {
    const gate = Promise.withResolvers<void>()
    let finished = 0
    const { clock, duty } = setUp(async (count) => {
      if (count === 1) await gate.promise
      finished = count
    })
    duty.start()
    await clock.advance(0)
    const asked = duty.runNow()
    gate.resolve()
    await asked
    expect(finished).toBe(2)
    await duty.stop()
  })
})
