import { describe, expect, it } from 'vitest'
import { parseAt, parseTime, saidBack } from '../../src/cli/time-options.ts'

/** Local time, as everything that people write here. */
const nowMs = new Date(2026, 10, 22, 12, 30).getTime()
const local = (day: number, hour: number, minute = 0) => new Date(2026, 10, day, hour, minute).getTime()

describe('a time to come', () => {
  it.each<[string, number | null]>([
    ['now', null],
    ['+2h', nowMs + 7_200_000],
    ['2h', nowMs + 7_200_000],
    ['18:00', local(22, 18)],
    ['9:05', local(23, 9, 5)],
    ['12:30', local(23, 12, 30)],
    ['today 09:00', local(22, 9)],
    ['tomorrow 18:00', local(23, 18)],
    ['2026-12-24', new Date(2026, 11, 24).getTime()],
    ['2026-12-24T18:00', new Date(2026, 11, 24, 18).getTime()],
    ['2026-12-24 18:00Z', Date.UTC(2026, 11, 24, 18)],
    ['2026-12-24T18:00+02:00', Date.UTC(2026, 11, 24, 16)],
  ])('%s', (text, expected) => {
    expect(parseAt(text, nowMs)).toBe(expected)
  })

  it.each(['yesterday', '25:00', '18:60', '18', 'tomorrow', '2026-13-01', '', 'NaN'])('is not %j', (text) => {
    expect(() => parseTime('--starts', text, nowMs)).toThrow(`--starts ${JSON.stringify(text)} is no time`)
  })
})

it('is said back with the clock that it was read by', () => {
  expect(saidBack(local(22, 18), nowMs)).toMatch(/^2026-11-22 18:00:00 \S+ \(in 5 h 30 min\)$/)
})
