import { describe, expect, it } from 'vitest'
import { Activity } from '../../../src/domain/metrics/activity.ts'

const start = Date.UTC(2026, 10, 21, 12)
const seconds = (count: number) => start + count * 1_000

describe('the activity', () => {
  it('tells successes, failures and the longest wait by quarters of a minute', () => {
    const activity = new Activity(start)
    activity.ended({ outcome: 'succeeded', endedAt: seconds(1) }, seconds(1))
    activity.ended({ outcome: 'succeeded', endedAt: seconds(2) }, seconds(2))
    activity.ended({ outcome: 'failed', endedAt: seconds(40) }, seconds(40))
    activity.started({ at: seconds(31), waitedMs: 700 }, seconds(40))
    activity.started({ at: seconds(32), waitedMs: 200 }, seconds(40))
    expect(activity.view(seconds(44))).toEqual({
      since: start,
      bucketMs: 15_000,
      openedAt: seconds(30),
      done: [2, 0, 0],
      failed: [0, 0, 1],
      waitMs: [null, null, 700],
    })
  })

  it('reaches back for half an hour and no further', () => {
    const activity = new Activity(start)
    for (let second = 0; second < 7_200; second += 15)
      activity.ended({ outcome: 'succeeded', endedAt: seconds(second) }, seconds(second))
    const { done } = activity.view(seconds(7_199))
    expect(done).toHaveLength(120)
    expect(new Set(done)).toEqual(new Set([1]))
  })

  it('counts what a database ahead of us has stamped as of now, and nothing of before its beginning', () => {
    const activity = new Activity(start)
    activity.ended({ outcome: 'succeeded', endedAt: seconds(90) }, seconds(5))
    activity.ended({ outcome: 'succeeded', endedAt: seconds(-90) }, seconds(5))
    expect(activity.view(seconds(5)).done).toEqual([1])
  })
})
