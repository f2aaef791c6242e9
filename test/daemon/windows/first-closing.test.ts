import { beforeEach, expect, it } from 'vitest'
import { closeBeforeFirstClaim, type FirstClosingDeps } from '../../../src/daemon/windows/first-closing.ts'
import type { ChannelWindow } from '../../../src/domain/cycle/windows.ts'
import type { ChannelClosure } from '../../../src/ports/channel-closures.ts'
import { fakeClock, type FakeClock } from '../../fakes/clock.ts'
import { fakeLogger } from '../../fakes/logger.ts'

const hour = 3_600_000
let clock: FakeClock
let declared: ChannelClosure[]
let asked: number
beforeEach(() => {
  clock = fakeClock()
  declared = []
  asked = 0
})

const opensIn = (hours: number, strict: boolean): ChannelWindow => {
  const opensAt = clock.wallMs() + hours * hour
  return { channel: 'tiktok', strict, openings: () => [{ opensAt, closesAt: opensAt + hour }] }
}

const close = (windows: ChannelWindow[], now: () => Promise<number> = async () => clock.wallMs()) => {
  const closures: FirstClosingDeps['closures'] = {
    now: () => ((asked += 1), now()),
    declareBeforeReign: async (spans) => void declared.push(...spans),
  }
  return closeBeforeFirstClaim({ closures, windows, clock, logger: fakeLogger() })
}

it('closes what is strict and closed now', async () => {
  await close([opensIn(2, true)])
  const fromMs = clock.wallMs()
  expect(declared).toEqual([{ channel: 'tiktok', fromMs, untilMs: fromMs + 2 * hour }])
})

it('asks nothing of a database for windows that are not strict', async () => {
  await close([opensIn(2, false)])
  expect(asked).toBe(0)
})

it('is not waited for while the database is away, or silent', async () => {
  await close([opensIn(2, true)], () => Promise.reject(new Error('away')))
  const silent = close([opensIn(2, true)], () => new Promise(() => {}))
  await clock.advance(2_000)
  await silent
  expect(declared).toEqual([])
})
