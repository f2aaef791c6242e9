import { array, assert, boolean, integer, property, record } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBeatAges } from '../../../src/daemon/health/beat-ages.ts'
import { instanceId, jrName } from '../../../src/domain/ids.ts'
import { fakeClock } from '../../fakes/clock.ts'

const hourMs = 3_600_000

function setUp() {
  const clock = fakeClock()
  const beats = createBeatAges(clock)
  /** Looks, `passedMs` after the last look, at workers of these ages. */
  return (passedMs: number, ...ages: number[]): number[] => {
    clock.stall(passedMs)
    const told = ages.map((ageMs, index) => ({
      instanceId: instanceId(`i${index}`),
      name: jrName('A'),
      ageMs,
    }))
    return beats.adjust(told).map(({ ageMs }) => ageMs)
  }
}

describe('the ages of heartbeats', () => {
  it('are what the database says, as long as time passes there as here', () => {
    const look = setUp()
    expect(look(0, 1_000, 25_000)).toEqual([1_000, 25_000])
    expect(look(10_000, 11_000, 4_000)).toEqual([11_000, 4_000])
    expect(look(300_000, 311_000, 1_000)).toEqual([311_000, 1_000])
  })

  it('do not grow when a clock jumps, until the next beat', () => {
    const look = setUp()
    look(0, 1_000, 25_000)
    expect(look(10_000, hourMs + 11_000, hourMs + 35_000)).toEqual([11_000, 35_000])
    expect(look(10_000, hourMs + 21_000, 2_000)).toEqual([21_000, 2_000])
    expect(look(10_000, 3_000, 12_000)).toEqual([3_000, 12_000])
    expect(look(200_000, 203_000, 1_000)).toEqual([203_000, 1_000])
  })

  it('grow for one alone: then no clock has jumped, as the others prove', () => {
    const look = setUp()
    look(0, 1_000, 25_000)
    expect(look(10_000, hourMs, 35_000)).toEqual([hourMs, 35_000])
  })

  it('of a newcomer are as they are', () => {
    const look = setUp()
    look(0, 1_000)
    expect(look(10_000, hourMs + 11_000, 7_000)).toEqual([11_000, 7_000])
  })

  it('never tell of more silence than there was, and never of less while no clock jumps', () => {
    const step = record({
      passedMs: integer({ min: 1_000, max: 60_000 }),
      jumpMs: integer({ min: 10_000, max: hourMs }),
      jumps: boolean(),
      beat: boolean(),
    })
    assert(
      property(array(step, { maxLength: 20 }), boolean(), (steps, isEverJumping) => {
        const look = setUp()
        let [silentMs, ageMs] = [0, 0]
        look(0, 0)
        for (const { passedMs, jumpMs, jumps, beat } of steps) {
          const addedMs = isEverJumping && jumps ? jumpMs : 0
          silentMs = beat ? 0 : silentMs + passedMs
          ageMs = beat ? 0 : ageMs + passedMs + addedMs
          const [told = 0] = look(passedMs, ageMs)
          expect(told).toBeLessThanOrEqual(silentMs)
          if (!isEverJumping) expect(told).toBe(silentMs)
        }
      }),
    )
  })
})
