import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Alert, AlertChange, Transition } from '../../../src/domain/alerts/alert.ts'
import { alertLimits } from '../../../src/domain/alerts/alert.ts'
import {
  damp,
  dampedUntil,
  dampLater,
  forgotten,
  raisedKeys,
  type Damper,
} from '../../../src/domain/alerts/damper.ts'
import { transition } from './any.ts'

const minute = 60_000

/** A channel that is told of changes at their times. */
function channel(intervalMs = minute) {
  let damper: Damper = {}
  const told: Alert[] = []
  const take = (step: { damper: Damper; alerts: Alert[] }): void => {
    ;({ damper } = step)
    told.push(...step.alerts)
  }
  return {
    told,
    words: () => told.map(({ change, count }) => `${change}${count === 1 ? '' : ` ×${count}`}`),
    hear(nowMs: number, change: AlertChange, more: Partial<Transition> = {}) {
      take(damp(damper, transition({ change, at: nowMs, ...more }), nowMs, intervalMs))
    },
    wait(nowMs: number) {
      take(dampLater(damper, nowMs, intervalMs))
    },
    get damper() {
      return damper
    },
  }
}

describe('what a channel is told', () => {
  it('is the beginning at once and the end at once, where time lies between', () => {
    const ops = channel()
    ops.hear(0, 'raised')
    ops.hear(2 * minute, 'cleared')
    expect(ops.words()).toEqual(['raised', 'cleared'])
  })

  it('is nothing of an end whose beginning nobody told, unless another node did', () => {
    const ops = channel()
    ops.hear(0, 'cleared')
    expect(ops.told).toEqual([])
    expect(ops.damper).toEqual({})
    ops.hear(1, 'cleared', { always: true })
    expect(ops.words()).toEqual(['cleared'])
  })

  it('is one and the same trouble once, for as long as it lasts', () => {
    const ops = channel()
    for (let at = 0; at < 100 * minute; at += minute) {
      ops.hear(at, 'raised')
      ops.wait(at)
    }
    expect(ops.words()).toEqual(['raised'])
    expect(raisedKeys(ops.damper)).toEqual(['database'])
  })

  it('is, of what comes and goes, how it stands when the interval is over', () => {
    const ops = channel()
    ops.hear(0, 'raised')
    ops.hear(1, 'cleared')
    ops.hear(2, 'raised')
    ops.hear(3, 'cleared')
    expect(ops.words()).toEqual(['raised'])
    expect(dampedUntil(ops.damper)).toBe(minute)
    ops.wait(minute - 1)
    expect(ops.words()).toEqual(['raised'])
    ops.wait(minute)
    expect(ops.words()).toEqual(['raised', 'cleared ×3'])
    expect(dampedUntil(ops.damper)).toBeNull()
  })

  it('is nothing when all is as it was when the interval is over', () => {
    const ops = channel()
    ops.hear(0, 'raised')
    ops.hear(1, 'cleared')
    ops.hear(2, 'raised')
    ops.wait(minute)
    expect(ops.words()).toEqual(['raised'])
    ops.hear(2 * minute, 'cleared')
    expect(ops.words()).toEqual(['raised', 'cleared'])
  })

  it('is a burst as one, with the last of it', () => {
    const ops = channel()
    const letter = { key: 'dead_letter', topics: ['dead_letter'] } satisfies Partial<Transition>
    for (let one = 0; one < 500; one++) ops.hear(one, 'told', { ...letter, summary: `task ${one} is dead` })
    ops.wait(minute)
    expect(ops.words()).toEqual(['told', 'told ×499'])
    expect(ops.told[1]?.summary).toBe('task 499 is dead (the last of 499 within 1 min)')
    ops.wait(3 * minute)
    expect(ops.damper).toEqual({})
  })

  it('is everything, at once, without an interval', () => {
    const ops = channel(0)
    for (const change of ['raised', 'cleared', 'raised', 'cleared'] as const) ops.hear(5, change)
    expect(ops.words()).toEqual(['raised', 'cleared', 'raised', 'cleared'])
  })

  it('waits no longer than the interval for a clock that was set back', () => {
    const ops = channel()
    ops.hear(1_000 * minute, 'raised')
    ops.hear(1_000 * minute + 1, 'cleared')
    ops.wait(0)
    expect(dampedUntil(ops.damper)).toBe(minute)
  })

  it('begins anew with what was forgotten', () => {
    const ops = channel()
    ops.hear(0, 'raised')
    expect(forgotten(ops.damper, 'database')).toEqual({})
  })

  it('keeps a bounded number of keys', () => {
    const ops = channel()
    for (let one = 0; one < alertLimits.keys + 50; one++) ops.hear(one, 'raised', { key: `breaker:${one}` })
    expect(Object.keys(ops.damper)).toHaveLength(alertLimits.keys)
  })
})

describe('whatever happens', () => {
  const step = fc.record({
    afterMs: fc.integer({ min: 0, max: 90_000 }),
    key: fc.constantFrom('a', 'b'),
    change: fc.constantFrom<AlertChange>('raised', 'cleared'),
  })

  it('a channel is told in turns, never twice within the interval, and knows in the end how it stands', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const ops = channel()
        const [now, truth] = [{ ms: 0 }, new Map<string, AlertChange>()]
        const times = new Map<string, number>()
        const note = (from: number): void => {
          for (const { key } of ops.told.slice(from)) {
            const last = times.get(key)
            if (last !== undefined) expect(now.ms - last).toBeGreaterThanOrEqual(minute)
            times.set(key, now.ms)
          }
        }
        for (const { afterMs, key, change } of steps) {
          const before = ops.told.length
          now.ms += afterMs
          ops.wait(now.ms)
          ops.hear(now.ms, change, { key })
          truth.set(key, change)
          note(before)
        }
        ops.wait(now.ms + minute)
        for (const key of truth.keys()) {
          const told = ops.told.filter((alert) => alert.key === key).map(({ change }) => change)
          expect(told.every((change, index) => change === (index % 2 === 0 ? 'raised' : 'cleared'))).toBe(
            true,
          )
          expect(told.at(-1) ?? 'cleared').toBe(truth.get(key))
        }
      }),
    )
  })
})
