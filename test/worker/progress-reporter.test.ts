import { expect, test } from 'vitest'
import type { Progress } from '../../src/worker/progress-line.ts'
import { createProgressReporter } from '../../src/worker/progress-reporter.ts'
import { fakeClock } from '../fakes/clock.ts'

test('a flood becomes a few reports a second, and the last one wins', async () => {
  const clock = fakeClock()
  const sent: number[] = []
  const reporter = createProgressReporter(async ({ percent }) => void sent.push(percent), clock)
  for (let percent = 0; percent <= 100; percent++) {
    reporter.push({ percent, note: null })
    await clock.advance(10)
  }
  await clock.advance(1000)
  expect(sent[0]).toBe(0)
  expect(sent.at(-1)).toBe(100)
  expect(sent.length).toBeLessThanOrEqual(6)
  await reporter.stop()
  expect(clock.pending).toBe(0)
})

test('one report at a time, however slow; a stop waits for it and sends no more', async () => {
  const clock = fakeClock()
  const sent: Progress[] = []
  const answered = Promise.withResolvers<void>()
  const reporter = createProgressReporter((progress) => {
    sent.push(progress)
    return answered.promise
  }, clock)
  reporter.push({ percent: 1, note: 'a' })
  reporter.push({ percent: 2, note: 'b' })
  await clock.advance(10_000)
  expect(sent).toEqual([{ percent: 1, note: 'a' }])
  let stopped = false
  const stopping = reporter.stop().then(() => (stopped = true))
  await clock.advance(0)
  expect(stopped).toBe(false)
  answered.resolve()
  await stopping
  await clock.advance(10_000)
  expect(sent).toHaveLength(1)
  expect(clock.pending).toBe(0)
})
