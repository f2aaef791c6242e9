import { describe, expect, it } from 'vitest'
import type { ActivityView } from '../../../src/domain/metrics/activity.ts'
import { plainText } from '../../../tui/line.ts'
import { activityHeight, activityLines } from '../../../tui/screens/positions/activity.ts'
import { activity } from '../at-work.ts'
import { now, small, stateOf } from '../fixture.ts'

const narrow = stateOf({ size: { ...small, columns: 200 } })

function texts(more: Partial<ActivityView>): string[] {
  const lines = activityLines({ ...activity, ...more }, { ...narrow, drawing: 'words' })
  return lines.map((line) => plainText(line))
}

describe('the curves’ figures', () => {
  it.each<[string, Partial<ActivityView>, string[]]>([
    [
      'of the first minute are what there was so far',
      { done: [3, 1], failed: [0, 0], waitMs: [40, null] },
      ['Done     4 so far · in 30 s', 'Waited   40 ms to start, max 40 ms · in 30 s'],
    ],
    [
      'are of the last whole minute, and of the curve’s highest cell',
      {
        done: [8, 0, 1, 1, 1, 1, 9],
        failed: [0, 0, 0, 2, 0, 0, 0],
        waitMs: [9_000, 1_200, null, null, null, null, null],
      },
      ['Done     4/min, max 36 · 2 failed · in 1 min', 'Waited   1.2 s to start, max 9.0 s · in 1 min'],
    ],
    [
      'of a fleet that does nothing say so',
      { done: [0, 0, 0, 0, 0, 0], failed: [0, 0, 0, 0, 0, 0], waitMs: [null, null, null, null, null, null] },
      ['Done     0/min · in 1 min', 'Waited   no start of a task that became ready in 1 min'],
    ],
  ])('%s', (_, more, expected) => {
    expect(texts({ openedAt: now.wallMs, ...more })).toEqual(expected)
  })
})

it('tells on a tall terminal when it was that attempts failed', () => {
  const tall = stateOf({ size: { columns: 120, rows: 50 } })
  const failedLine = (failed: number[]) => {
    const more = { done: failed.map(() => 1), failed, waitMs: failed.map(() => null), openedAt: now.wallMs }
    const lines = activityLines({ ...activity, ...more }, tall).map(plainText)
    expect(lines).toHaveLength(activityHeight(tall))
    return lines.find((line) => line.startsWith('Failed'))?.replaceAll(/[ ·▁-█]+/g, ' ')
  }
  expect(failedLine([0, 0])).toBe('Failed none')
  expect(failedLine([0, 3, 0, 0, 0, 0])).toBe('Failed max 3 in 15 s the last 1 min ago')
  expect(failedLine([0, 0, 1])).toBe('Failed max 1 in 15 s the last just now')
})
