import { expect, it } from 'vitest'
import { askForPatience } from '../../src/daemon/patience.ts'
import { fakeClock } from '../fakes/clock.ts'
import { fakeServiceManager } from '../fakes/service-manager.ts'

const longestMs = 15 * 60_000

it('asks for more time while a start or stop takes long, until it is over', async () => {
  const clock = fakeClock()
  const manager = fakeServiceManager()
  const patience = askForPatience(manager, clock, longestMs)
  await clock.advance(9_000)
  expect(manager.news).toEqual([])
  await clock.advance(21_000)
  expect(manager.news).toEqual([{ extendMs: 30_000 }, { extendMs: 30_000 }, { extendMs: 30_000 }])
  patience.stop()
  await clock.advance(60_000)
  expect(manager.news).toHaveLength(3)
  expect(clock.pending).toBe(0)
})

it('says at once what is waited for', () => {
  const manager = fakeServiceManager()
  const patience = askForPatience(manager, fakeClock(), longestMs)
  patience.say('Starting: the database')
  patience.stop()
  expect(manager.news).toEqual([{ status: 'Starting: the database', extendMs: 30_000 }])
})

it('gives one that never ends up, and still says what it does', async () => {
  const clock = fakeClock()
  const manager = fakeServiceManager()
  const patience = askForPatience(manager, clock, longestMs)
  await clock.advance(3_600_000)
  expect(manager.news).toHaveLength(90)
  patience.say('[3/6] Running work may finish')
  expect(manager.news.at(-1)).toEqual({ status: '[3/6] Running work may finish' })
  expect(clock.pending).toBe(0)
})
