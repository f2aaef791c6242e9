import { describe, expect, it } from 'vitest'
import { assert as assertProperty, double, integer, property } from 'fast-check'
import { splitArguments } from '../../src/cli/global-options.ts'
import { parseAt, parseDuration, parseSince } from '../../src/cli/time-options.ts'
import { bar, bytes, duration, moment, number, percent } from '../../src/text/format.ts'
import { UserError } from '../../src/errors.ts'

describe('global options', () => {
  const none = { config: undefined, json: false, colour: true, isLed: false }

  it.each([
    ['status', { ...none, command: 'status', args: [] }],
    ['', { ...none, command: undefined, args: [] }],
    ['--json status', { ...none, json: true, command: 'status', args: [] }],
    ['status --json', { ...none, json: true, command: 'status', args: [] }],
    ['--config a.toml status', { ...none, config: 'a.toml', command: 'status', args: [] }],
    ['status --config=a.toml', { ...none, config: 'a.toml', command: 'status', args: [] }],
    [
      'tasks --no-color list --limit 5',
      { ...none, colour: false, command: 'tasks', args: ['list', '--limit', '5'] },
    ],
    ['--version', { ...none, command: undefined, args: ['--version'] }],
    ['-c a.toml status', { ...none, isLed: true, command: 'a.toml', args: ['-c', 'status'] }],
    ['--help tasks', { ...none, command: 'tasks', args: ['--help'] }],
    [
      'work a -- cmd --json --config x',
      { ...none, command: 'work', args: ['a', '--', 'cmd', '--json', '--config', 'x'] },
    ],
  ])('%j', (line, expected) => {
    expect(splitArguments(line.split(' ').filter(Boolean))).toEqual(expected)
  })

  it.each(['--config', 'status --config', '--config='])('%j needs a path', (line) => {
    expect(() => splitArguments(line.split(' '))).toThrow(UserError)
  })
})

describe('times', () => {
  const now = Date.UTC(2026, 0, 1, 12)

  it.each([
    ['90s', 90_000],
    ['10m', 600_000],
    ['1.5h', 5_400_000],
    ['2d', 172_800_000],
    ['250ms', 250],
    ['1 h', 3_600_000],
    ['h', undefined],
    ['10', undefined],
    ['-5m', undefined],
    ['1e3s', undefined],
  ])('duration %j', (text, expected) => {
    expect(parseDuration(text)).toBe(expected)
  })

  it.each([
    ['+2h', now + 7_200_000],
    ['2h', now + 7_200_000],
    ['now', null],
    ['2026-12-24T18:00Z', Date.UTC(2026, 11, 24, 18)],
    ['2026-12-24 18:00:30Z', Date.UTC(2026, 11, 24, 18, 0, 30)],
    ['2026-12-24T18:00+01:00', Date.UTC(2026, 11, 24, 17)],
    ['2026-12-24', new Date(2026, 11, 24).getTime()],
    ['2026-12-24 18:00', new Date(2026, 11, 24, 18).getTime()],
  ])('--at %j', (text, expected) => {
    expect(parseAt(text, now)).toBe(expected)
  })

  it.each(['', 'tomorrow', '25:00', '24.12.2026', '2026-13-45', '+x', '++2h', '2'])(
    '--at %j is refused by name',
    (text) => {
      expect(() => parseAt(text, now)).toThrow(`--at ${JSON.stringify(text)} is no time`)
    },
  )

  it('--since is how long ago, or a date', () => {
    expect(parseSince('10m', now)).toBe(now - 600_000)
    expect(parseSince('2026-01-01T00:00Z', now)).toBe(Date.UTC(2026, 0, 1))
    expect(() => parseSince('+2h', now)).toThrow('is no time')
  })
})

describe('figures for people', () => {
  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1000, '1 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [3_900_000, '1 h 05 min'],
    [200_000_000, '2 d 7 h'],
  ])('%i ms is %s', (ms, text) => {
    expect(duration(ms)).toBe(text)
  })

  it('tells the shares apart that halve', () => {
    expect([50, 25, 12.5, 6.25, 3.125, 1.5625, 0.78125].map(percent)).toEqual([
      '50 %',
      '25 %',
      '12.5 %',
      '6.25 %',
      '3.13 %',
      '1.56 %',
      '0.78 %',
    ])
  })

  it('groups thousands and binary sizes', () => {
    expect([0, 12.34, 999, 1000, 1_234_567.89].map(number)).toEqual([
      '0',
      '12.3',
      '999',
      '1,000',
      '1,234,567.9',
    ])
    expect([1, 1024, 52_428_800, 2 ** 40].map(bytes)).toEqual(['1 B', '1.0 KiB', '50 MiB', '1.0 TiB'])
  })

  it('says when, before and after', () => {
    expect(moment(1000, 61_000)).toMatch(/\(1 min ago\)$/)
    expect(moment(61_000, 1000)).toMatch(/\(in 1 min\)$/)
  })

  it('draws bars that halve, never longer than asked, never empty for something', () => {
    expect([1, 0.5, 0.25, 0.125].map((part) => bar(part, 8))).toEqual(['████████', '████', '██', '█'])
    assertProperty(
      property(double({ min: 0, max: 1, noNaN: true }), integer({ min: 1, max: 40 }), (part, cells) => {
        const { length } = bar(part, cells)
        expect(length).toBeLessThanOrEqual(cells)
        expect(length > 0).toBe(part > 0)
      }),
    )
  })
})
