import { performance } from 'node:perf_hooks'
import { expect, it } from 'vitest'
import { systemClock } from '../../src/adapters/clock.ts'
import { measureLoopDelay } from '../../src/adapters/loop-delay.ts'

it('sees how long the loop was held up, and whether by its own work', async () => {
  const clock = systemClock()
  const delay = measureLoopDelay()
  // A sample or two first: what is late is late against the one before.
  await clock.sleep(600)
  const untilMs = performance.now() + 900
  const startCpu = process.cpuUsage()
  // On a busy machine a second of the clock may be a tenth of one of work.
  const workedMs = (): number => {
    const { user, system } = process.cpuUsage(startCpu)
    return (user + system) / 1000
  }
  while (performance.now() < untilMs || workedMs() < 400);
  await clock.sleep(300)
  const busy = delay.look()
  delay.stop()
  expect(busy.maxMs).toBeGreaterThan(600)
  expect(busy.p99Ms).toBeGreaterThan(600)
  expect(busy.cpuMs).toBeGreaterThan(300)
})

it('has nothing to tell before its first sample', () => {
  const delay = measureLoopDelay()
  expect(delay.look()).toMatchObject({ maxMs: 0, p99Ms: 0 })
  delay.stop()
})
