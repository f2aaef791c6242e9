import { afterEach, describe, expect, it } from 'vitest'
import type { Duty } from '../../../src/daemon/duty.ts'
import { createNightly } from '../../../src/daemon/night/nightly.ts'
import { nightTimetable } from '../../../src/daemon/night/night-timetable.ts'
import { fakeClock, type FakeClock } from '../../fakes/clock.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { fakeStateStore } from '../../fakes/state-store.ts'

const hourMs = 3_600_000
/** 23:00 in Zurich is 22:00 UTC in winter and 21:00 in summer. */
const winterNight = Date.UTC(2026, 0, 15, 22)
const summerNight = Date.UTC(2026, 6, 15, 21)

describe('the nights', () => {
  let nightly: Duty
  let clock: FakeClock
  const store = () => fakeStateStore()

  afterEach(async () => {
    await nightly.stop()
    expect(clock.pending).toBe(0)
  })

  async function start(at: number, kept = store(), time: string | null = '23:00'): Promise<number[]> {
    const worked: number[] = []
    clock = fakeClock({ wallMs: at })
    nightly = createNightly({
      timetable: nightTimetable({ at: time, timezone: 'Europe/Zurich' }),
      store: kept,
      clock,
      logger: fakeLogger(),
      work: async (due) => void worked.push(due),
    })
    nightly.start()
    await clock.advance(0)
    return worked
  }

  it.each([
    ['winter', winterNight],
    ['summer', summerNight],
  ])('come at 23:00 of Zurich, in %s too', async (_, night) => {
    const worked = await start(night - 3 * hourMs)
    await clock.advance(3 * hourMs - 1)
    expect(worked).toEqual([])
    await clock.advance(1)
    expect(worked).toEqual([night])
    await clock.advance(48 * hourMs)
    expect(worked).toEqual([night, night + 24 * hourMs, night + 48 * hourMs])
  })

  it('are 23 and 25 hours apart where the clock is changed', async () => {
    const before = Date.UTC(2026, 2, 28, 22)
    const worked = await start(before - hourMs)
    await clock.advance(25 * hourMs)
    expect(worked).toEqual([before, before + 23 * hourMs])
  })

  it('are not made up for at the very first start', async () => {
    const worked = await start(winterNight + hourMs)
    await clock.advance(hourMs)
    expect(worked).toEqual([])
  })

  it.each([
    ['within twelve hours', 12, 1],
    ['not later', 12.01, 0],
  ])('that were missed are made up for once, %s', async (_, hours, times) => {
    const kept = store()
    await start(winterNight - hourMs, kept)
    await nightly.stop()
    const worked = await start(winterNight + hours * hourMs, kept)
    await clock.advance(hourMs)
    expect(worked).toEqual(Array.from({ length: times }, () => winterNight))
  })

  it('come once, also when the daemon is started again or the clock set back', async () => {
    const kept = store()
    const first = await start(winterNight - 1, kept)
    await clock.advance(1_000)
    expect(first).toEqual([winterNight])
    await nightly.stop()
    const again = await start(winterNight + 2_000, kept)
    clock.jumpWall(-3 * hourMs)
    await clock.advance(4 * hourMs)
    expect(again).toEqual([])
  })

  it('come on time when the wall clock is set', async () => {
    const worked = await start(winterNight - 10 * hourMs)
    clock.jumpWall(10 * hourMs - 60_000)
    await clock.advance(11 * 60_000)
    expect(worked).toEqual([winterNight])
  })

  it('never come when they are off', async () => {
    const worked = await start(winterNight - hourMs, store(), null)
    await clock.advance(48 * hourMs)
    expect(worked).toEqual([])
  })
})
