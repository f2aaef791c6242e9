import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileSchedule } from '../../src/expressions/schedule.ts'
import type { Timetable } from '../../src/domain/runs/timetable.ts'

function timetable(text: string, timezone: string | null = 'UTC'): Timetable {
  const compiled = compileSchedule(text, timezone)
  if (compiled.kind === 'invalid') throw new Error(compiled.reason)
  return compiled.timetable
}

const at = (text: string): number => Date.parse(text)
const texts = (times: readonly (number | null)[]): string[] =>
  times.map((time) => (time === null ? 'never' : new Date(time).toISOString().slice(0, 16)))

/** The next `count` times after one. */
function following(table: Timetable, afterMs: number, count: number): number[] {
  const times: number[] = []
  for (let time = table.next(afterMs); time !== null && times.length < count; time = table.next(time))
    times.push(time)
  return times
}

describe('when clocks change', () => {
  test('a time of the day that does not exist comes when the clock has jumped, one that comes twice comes once', () => {
    const nightly = timetable('30 2 * * *', 'Europe/Zurich')
    expect(texts(following(nightly, at('2026-03-28T12:00Z'), 2))).toEqual([
      '2026-03-29T01:00',
      '2026-03-30T00:30',
    ])
    expect(texts(following(nightly, at('2026-10-24T12:00Z'), 2))).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ])
  })

  test('an interval goes on', () => {
    const halfHourly = timetable('*/30 * * * *', 'Europe/Zurich')
    for (const change of ['2026-03-29T00:00Z', '2026-10-25T00:00Z']) {
      const times = following(halfHourly, at(change), 8)
      expect(times.map((time) => time - at(change))).toEqual(
        [1, 2, 3, 4, 5, 6, 7, 8].map((n) => n * 1_800_000),
      )
    }
  })
})

const zones = [
  'UTC',
  'Europe/Zurich',
  'America/New_York',
  'America/St_Johns',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Apia',
]
const schedules = [
  '30 2 * * *',
  '*/15 * * * *',
  '0 0 1 * *',
  '@hourly',
  '15 1,2,3 * * SUN',
  '0 59 23 * * *',
  '*/20 * * * * *',
]
/** Half of them near a change of clocks somewhere. */
const moment = fc.oneof(
  fc.integer({ min: at('2025-01-01T00:00Z'), max: at('2028-01-01T00:00Z') }),
  fc
    .tuple(
      fc.constantFrom(
        '2026-03-29T01:00Z',
        '2026-10-25T01:00Z',
        '2026-03-08T07:00Z',
        '2026-11-01T06:00Z',
        '2026-04-04T15:00Z',
        '2026-10-03T15:30Z',
      ),
      fc.integer({ min: -6 * 3_600_000, max: 6 * 3_600_000 }),
    )
    .map(([change, offsetMs]) => at(change) + offsetMs),
)

test('looking ahead and looking back see the same times, in every zone', () => {
  const property = fc.property(
    fc.constantFrom(...schedules),
    fc.constantFrom(...zones),
    moment,
    (text, zone, now) => {
      const table = timetable(text, zone)
      const ahead = following(table, now, 4)
      expect(ahead).toHaveLength(4)
      expect(table.latest(ahead[3] ?? 0, 4)).toEqual(ahead)
      const [before] = table.latest((ahead[0] ?? 0) - 1, 1)
      expect(before).toBeLessThanOrEqual(now)
      expect(table.latest(now, 1)).toEqual([before])
    },
  )
  fc.assert(property, { numRuns: 300 })
})

test.each([
  ['61 * * * *', 'UTC', 'schedule'],
  ['* * * *', 'UTC', 'schedule'],
  ['* * * * * * *', 'UTC', 'schedule'],
  ['', 'UTC', 'schedule'],
  ['@reboot', 'UTC', 'schedule'],
  ['0 0 30 2 *', 'UTC', 'schedule'],
  ['2026-01-01', 'UTC', 'schedule'],
  ['2026-01-01T00:00:00Z', 'UTC', 'schedule'],
  ['*'.repeat(300), 'UTC', 'schedule'],
  ['@daily', 'Europe/Nowhere', 'timezone'],
])('%j in %s is refused for its %s', (text, zone, part) => {
  expect(compileSchedule(text, zone)).toMatchObject({ kind: 'invalid', part })
})

test('without a zone it is that of the machine', () => {
  const local = Intl.DateTimeFormat().resolvedOptions().timeZone
  expect(timetable('0 12 * * *', null).next(0)).toBe(timetable('0 12 * * *', local).next(0))
})
