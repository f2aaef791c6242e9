import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type HeartbeatEvidence, judgeHeartbeat } from '../../src/domain/liveness.ts'

const hour = 3_600_000
const base: HeartbeatEvidence = {
  mode: 'auto',
  uptimeMs: hour,
  ageMs: 0,
  observedMs: hour,
  timeoutMs: 120_000,
}

test.each([
  ['beats', {}, 'alive'],
  ['silent for exactly the timeout', { ageMs: 120_000 }, 'alive'],
  ['silent for longer', { ageMs: 120_001 }, 'silent'],
  ['silent, but not observed for long enough', { ageMs: 120_001, observedMs: 119_000 }, 'alive'],
  ['never beat', { ageMs: null }, 'unjudged'],
  ['beat in an earlier life only', { ageMs: hour + 1 }, 'unjudged'],
  ['required, never beat, young', { mode: 'required', ageMs: null, uptimeMs: 60_000 }, 'alive'],
  ['required, never beat, old', { mode: 'required', ageMs: null }, 'silent'],
  ['required, beat in an earlier life only, old', { mode: 'required', ageMs: 2 * hour }, 'silent'],
  ['nobody listens', { mode: 'none', ageMs: 2 * hour }, 'unjudged'],
] as [string, Partial<HeartbeatEvidence>, string][])('%s', (_name, changes, verdict) => {
  expect(judgeHeartbeat({ ...base, ...changes })).toBe(verdict)
})

test('no one is silent who beat within the timeout, or who was not observed for one', () => {
  const ms = fc.integer({ min: 0, max: hour })
  fc.assert(
    fc.property(
      fc.constantFrom('auto', 'required', 'none' as const),
      ms,
      fc.option(ms),
      ms,
      ms,
      (mode, uptimeMs, ageMs, observedMs, timeoutMs) => {
        const verdict = judgeHeartbeat({
          mode,
          uptimeMs,
          ageMs,
          observedMs,
          timeoutMs,
        })
        if (verdict !== 'silent') return
        expect(observedMs).toBeGreaterThan(timeoutMs)
        expect(uptimeMs).toBeGreaterThan(timeoutMs)
        expect(ageMs === null || ageMs > timeoutMs).toBe(true)
      },
    ),
  )
})
