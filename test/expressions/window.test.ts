import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { windowViews } from '../../src/domain/cycle/windows.ts'
import { compileWindows, type WrittenWindow } from '../../src/expressions/window.ts'

const allDays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const hour = 3_600_000
const day = 24 * hour

const window = (more: Partial<WrittenWindow>): WrittenWindow => ({
  channel: 'Instagram ',
  from: '18:00',
  to: '23:00',
  days: allDays,
  timezone: 'Europe/Zurich',
  strict: false,
  ...more,
})

/** Openings that begin within the days given, as ISO times. */
function openingsOf(written: WrittenWindow, from: string, days = 1): string[][] {
  const fromMs = Date.parse(from)
  return compileWindows([written])
    .flatMap((compiled) => compiled.openings(fromMs, fromMs + days * day))
    .map(({ opensAt, closesAt }) => [opensAt, closesAt].map((at) => new Date(at).toISOString().slice(0, 16)))
}

describe('a window in Zurich', () => {
  it.each<[string, Partial<WrittenWindow>, string, string[]]>([
    ['in summer', {}, '2026-07-01T00:00Z', ['2026-07-01T16:00', '2026-07-01T21:00']],
    ['in winter', {}, '2026-12-01T00:00Z', ['2026-12-01T17:00', '2026-12-01T22:00']],
    ['to the end of the day', { to: '24:00' }, '2026-12-01T00:00Z', ['2026-12-01T17:00', '2026-12-01T23:00']],
    [
      'over midnight',
      { from: '22:00', to: '02:00' },
      '2026-12-01T12:00Z',
      ['2026-12-01T21:00', '2026-12-02T01:00'],
    ],
    // The clock jumps from 02:00 to 03:00 on 29 March, and goes from 03:00 back to 02:00 on 25 October.
    [
      'that opens in the hour left out',
      { from: '02:30', to: '05:00' },
      '2026-03-29T00:00Z',
      ['2026-03-29T01:00', '2026-03-29T03:00'],
    ],
    [
      'that closes in the hour left out',
      { from: '01:00', to: '02:30' },
      '2026-03-29T00:00Z',
      ['2026-03-29T00:00', '2026-03-29T01:00'],
    ],
    [
      'that opens in the hour that comes twice',
      { from: '02:30', to: '04:00' },
      '2026-10-25T00:00Z',
      ['2026-10-25T00:30', '2026-10-25T03:00'],
    ],
    [
      'that closes in the hour that comes twice',
      { from: '01:00', to: '02:30' },
      '2026-10-25T00:00Z',
      ['2026-10-24T23:00', '2026-10-25T01:30'],
    ],
    [
      'within the hour that comes twice',
      { from: '02:15', to: '02:45' },
      '2026-10-25T00:00Z',
      ['2026-10-25T00:15', '2026-10-25T01:45'],
    ],
  ])('%s', (_, more, from, expected) => {
    expect(openingsOf(window(more), from)[0]).toEqual(expected)
  })

  it('that lies within the hour left out does not open that day', () => {
    expect(openingsOf(window({ from: '02:15', to: '02:45' }), '2026-03-28T12:00Z', 2)).toEqual([
      ['2026-03-30T00:15', '2026-03-30T00:45'],
    ])
  })

  it('opens on its days alone, and closes on the day after', () => {
    const weekend = window({ from: '22:00', to: '02:00', days: ['sun'] })
    expect(openingsOf(weekend, '2026-11-16T02:00Z', 14)).toEqual([
      ['2026-11-22T21:00', '2026-11-23T01:00'],
      ['2026-11-29T21:00', '2026-11-30T01:00'],
    ])
  })

  it('is of a channel as it is compared', () => {
    expect(compileWindows([window({})]).map(({ channel }) => channel)).toEqual(['instagram'])
  })
})

/** Zones with and without changes of clocks, by whole and by half hours, at midnight, and on both sides of the date line. */
const zones = [
  'UTC',
  'Europe/Zurich',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Africa/Cairo',
  'America/Santiago',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
]
const minutes = fc.integer({ min: 0, max: 24 * 60 - 1 })
const text = (of: number) =>
  `${String(Math.floor(of / 60)).padStart(2, '0')}:${String(of % 60).padStart(2, '0')}`

it('holds every moment at which its clock reads a time in it on one of its days, wherever the clocks change', () => {
  const written = fc
    .record({
      from: minutes,
      to: fc.integer({ min: 1, max: 24 * 60 }),
      days: fc.subarray(allDays, { minLength: 1 }),
      timezone: fc.constantFrom(...zones),
    })
    .filter(({ from, to }) => from !== to)
  // A year, in which all of them change their clocks.
  const atMs = fc
    .integer({ min: Date.UTC(2026, 0, 1) / 60_000, max: Date.UTC(2027, 0, 1) / 60_000 })
    .map((minute) => minute * 60_000)
  fc.assert(
    fc.property(written, atMs, ({ from, to, days, timezone }, nowMs) => {
      const [view] = windowViews(
        compileWindows([window({ from: text(from), to: text(to), days, timezone })]),
        nowMs,
      )
      const clock = Temporal.Instant.fromEpochMilliseconds(nowMs).toZonedDateTimeISO(timezone)
      const read = clock.hour * 60 + clock.minute
      const isOn = (weekday: number) => days.includes(allDays[(weekday + 6) % 7] ?? '')
      const [today, yesterday] = [isOn(clock.dayOfWeek), isOn(clock.dayOfWeek - 1)]
      const reads =
        from < to ? today && from <= read && read < to : (today && read >= from) || (yesterday && read < to)
      if (reads) expect(view?.isOpen).toBe(true)
      // It is open beyond that only where the clock was set back: for less than a day of the year.
      const isSetBack = clock.hoursInDay > 24 || clock.subtract({ days: 1 }).hoursInDay > 24
      if (!reads && !isSetBack) expect(view?.isOpen).toBe(false)
      if (view?.isOpen === true) expect(view.closesAt ?? Infinity).toBeGreaterThan(nowMs)
      if (view?.opensAt != null) expect(view.opensAt).toBeGreaterThan(nowMs)
      if (view?.isOpen === false) expect(view.opensAt).not.toBeNull()
    }),
    { numRuns: 2_000 },
  )
})
