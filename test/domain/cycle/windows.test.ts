import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { closedSpans } from '../../../src/domain/cycle/closures.ts'
import {
  closedUntil,
  mergeOpenings,
  nextOpening,
  windowViews,
  type ChannelWindow,
  type Opening,
} from '../../../src/domain/cycle/windows.ts'

const hour = 3_600_000
const day = 24 * hour

/** A window from one hour of each day to another. */
const daily = (channel: string, from: number, to: number, strict = false): ChannelWindow => ({
  channel,
  strict,
  openings(fromMs, untilMs) {
    const openings: Opening[] = []
    for (let start = Math.floor(fromMs / day - 1) * day; start < untilMs; start += day) {
      const opening = { opensAt: start + from * hour, closesAt: start + to * hour }
      if (opening.closesAt > fromMs && opening.opensAt < untilMs) openings.push(opening)
    }
    return openings
  },
})
const never: ChannelWindow = { channel: 'never', strict: true, openings: () => [] }
const always: ChannelWindow = {
  channel: 'always',
  strict: true,
  openings: (fromMs, untilMs) => [{ opensAt: fromMs - day, closesAt: untilMs + day }],
}

describe('a window', () => {
  const evening = daily('tiktok', 16, 24)
  it.each([
    ['before it opens', 15, { isOpen: false, opensAt: 16, closesAt: null, closingSoon: false }],
    ['when it opens', 16, { isOpen: true, opensAt: 40, closesAt: 24, closingSoon: false }],
    [
      'a moment before its last hour',
      22.999,
      { isOpen: true, opensAt: 40, closesAt: 24, closingSoon: false },
    ],
    ['in its last hour', 23, { isOpen: true, opensAt: 40, closesAt: 24, closingSoon: true }],
    ['when it has closed', 24, { isOpen: false, opensAt: 40, closesAt: null, closingSoon: false }],
  ])('%s', (_, at, { isOpen, opensAt, closesAt, closingSoon }) => {
    expect(windowViews([evening], at * hour)).toEqual([
      {
        channel: 'tiktok',
        strict: false,
        isOpen,
        opensAt: opensAt * hour,
        closesAt: closesAt === null ? null : closesAt * hour,
        closingSoon,
      },
    ])
  })

  it('of a channel adds up with its others, and does not close where they touch', () => {
    const [view, ...others] = windowViews(
      [daily('a', 8, 10), daily('b', 0, 1), daily('a', 10, 12, true), daily('a', 11, 13)],
      9 * hour,
    )
    expect(view).toMatchObject({
      channel: 'a',
      strict: true,
      isOpen: true,
      closesAt: 13 * hour,
      opensAt: 32 * hour,
    })
    expect(others.map(({ channel }) => channel)).toEqual(['b'])
  })

  it('that is always open never closes, and one that never opens is closed', () => {
    expect(windowViews([always, never], 5 * hour)).toMatchObject([
      { channel: 'always', isOpen: true, opensAt: null, closesAt: null, closingSoon: false },
      { channel: 'never', isOpen: false, opensAt: null, closesAt: null },
    ])
  })

  it('opens next: now, at its opening, or never', () => {
    expect(nextOpening([evening], 'tiktok', 17 * hour)).toBe(17 * hour)
    expect(nextOpening([evening], 'tiktok', 3 * hour)).toBe(16 * hour)
    expect(nextOpening([never], 'never', 0)).toBeNull()
    expect(nextOpening([evening], 'unknown', 0)).toBeNull()
  })
})

it('a strict window that is closed keeps everybody from its channel, however that is spelt', () => {
  const views = windowViews([daily('a', 16, 23, true), daily('b', 16, 23)], 3 * hour)
  expect([closedUntil(views, ' A'), closedUntil(views, 'b'), closedUntil(views, null)]).toEqual([
    16 * hour,
    null,
    null,
  ])
  expect(closedUntil(windowViews([daily('a', 16, 23, true)], 17 * hour), 'a')).toBeNull()
})

const openings = fc.array(
  fc.tuple(fc.nat(100), fc.integer({ min: 1, max: 20 })).map(([opensAt, length]) => ({
    opensAt,
    closesAt: opensAt + length,
  })),
  { maxLength: 12 },
)
const covers = (list: readonly Opening[], at: number) =>
  list.some(({ opensAt, closesAt }) => opensAt <= at && at < closesAt)

it('merged openings hold the same moments, in order and apart from one another', () => {
  fc.assert(
    fc.property(openings, (list) => {
      const merged = mergeOpenings(list)
      for (let at = -1; at <= 121; at += 1) expect(covers(merged, at)).toBe(covers(list, at))
      for (const [index, { opensAt }] of merged.entries())
        expect(opensAt).toBeGreaterThan(merged[index - 1]?.closesAt ?? -Infinity)
    }),
  )
})

describe('the closed span of a strict channel', () => {
  const spans = (window: ChannelWindow, at: number) =>
    closedSpans(windowViews([window], at * hour), at * hour).map(({ fromMs, untilMs }) => [
      fromMs / hour,
      untilMs / hour,
    ])
  it.each<[string, ChannelWindow, number, number[][]]>([
    ['is the present one while it is closed', daily('a', 16, 23, true), 3, [[3, 16]]],
    ['is the next one while it is open', daily('a', 16, 23, true), 17, [[23, 40]]],
    ['is none when it is not strict', daily('a', 16, 23), 3, []],
    ['is none when it never closes', always, 3, []],
    ['is none when nobody knows when it opens', never, 3, []],
  ])('%s', (_, window, at, expected) => {
    expect(spans(window, at)).toEqual(expected)
  })
})
