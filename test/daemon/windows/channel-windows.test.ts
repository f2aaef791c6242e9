import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { WindowPolicy } from '../../../src/config/policy.ts'
import { createChannelWindows } from '../../../src/daemon/windows/channel-windows.ts'
import { windowViews } from '../../../src/domain/cycle/windows.ts'
import { compileWindows } from '../../../src/expressions/window.ts'

const window = (channel: string, from: string, to: string): WindowPolicy => ({
  channel,
  from,
  to,
  days: ['mon', 'tue', 'wed', 'fri'],
  timezone: 'Europe/Zurich',
  strict: false,
})
const windows = [window('a', '18:00', '23:00'), window('b', '22:30', '02:00'), window('a', '22:00', '24:00')]
const beginMs = Date.parse('2026-10-24T00:00Z')

it('tell what was computed anew, in whatever order they are asked', () => {
  const steps = fc.array(fc.integer({ min: -7_200, max: 36_000 }), { minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(steps, (seconds) => {
      const kept = createChannelWindows(windows)
      let nowMs = beginMs
      for (const step of seconds) {
        nowMs += step * 1_000
        expect(kept.views(nowMs)).toEqual(windowViews(compileWindows(windows), nowMs))
      }
    }),
    { numRuns: 30 },
  )
})

it('compute nothing while nothing changes, and anew when they are redefined', () => {
  const kept = createChannelWindows(windows)
  const views = kept.views(beginMs)
  expect(kept.views(beginMs + 60_000)).toBe(views)
  kept.redefine([])
  expect(kept.views(beginMs + 60_000)).toEqual([])
})
