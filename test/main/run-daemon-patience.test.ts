import { expect, it } from 'vitest'
import { askForPatience } from '../../src/main/run-daemon-patience.ts'
import { fakeClock } from '../fakes/clock.ts'
import { fakeServiceManager } from '../fakes/service-manager.ts'

it('asks for more time while a start takes long, until it is over', async () => {
  const clock = fakeClock()
  const manager = fakeServiceManager()
  const patience = askForPatience(manager, clock)
  await clock.advance(9_000)
  expect(manager.news).toEqual([])
  await clock.advance(21_000)
  expect(manager.news).toHaveLength(3)
  expect(manager.news[0]).toEqual({ status: 'Starting', extendMs: 30_000 })
  patience.stop()
  await clock.advance(60_000)
  expect(manager.news).toHaveLength(3)
  expect(clock.pending).toBe(0)
})

it('gives a start that never ends up', async () => {
  const clock = fakeClock()
  const manager = fakeServiceManager()
  askForPatience(manager, clock)
  await clock.advance(3_600_000)
  expect(manager.news.length).toBeLessThan(100)
  expect(clock.pending).toBe(0)
})
