import { describe, expect, it } from 'vitest'
import { timeFor } from '../../../../src/domain/cycle/rules/plans/schedule.ts'
import type { TaskRef } from '../../../../src/domain/cycle/snapshot.ts'
import { aSnapshot, aTaskRef } from '../../../support/cycle-sections.ts'

const now = aSnapshot().takenAt
const hour = 3_600_000
const stays = undefined

const open = { isOpen: true, closesAt: now + 2 * hour, opensAt: now + 20 * hour }
const closed = { isOpen: false, closesAt: null, opensAt: now + 3 * hour }
const always = { isOpen: true, closesAt: null, opensAt: null }
const never = { isOpen: false, closesAt: null, opensAt: null }

const ready: Partial<TaskRef> = { status: 'assigned', scheduledAt: null }
const dueIn = (hours: number): Partial<TaskRef> => ({ status: 'scheduled', scheduledAt: now + hours * hour })

describe('when a delivery should go', () => {
  it.each([
    ['ready, in an open window', ready, open, stays],
    ['due before it closes', dueIn(2), open, stays],
    ['due after it closes', dueIn(3), open, null],
    ['due within a day', dueIn(24), open, null],
    ['due on another day', dueIn(24.1), open, stays],
    ['due after it closes, with a low score', { ...dueIn(3), score: 39.9 }, open, stays],
    ['due after it closes, with a score that is not low', { ...dueIn(3), score: 40 }, open, null],
    ['due late in a window that never closes', dueIn(9), always, stays],
    ['ready, before the window opens', ready, closed, now + 3 * hour],
    ['due before it opens', dueIn(1), closed, now + 3 * hour],
    ['due when it opens', dueIn(3), closed, stays],
    ['due later', dueIn(5), closed, stays],
    ['ready, for a window that never opens', ready, never, stays],
    [
      'ready again after a schedule that is over',
      { status: 'pending', scheduledAt: now - hour },
      closed,
      now + 3 * hour,
    ],
  ] as const)('%s', (_, task, window, expected) => {
    const windows = [{ channel: 'tiktok', strict: false, closingSoon: false, ...window }]
    expect(timeFor(aTaskRef(1, { channel: ' TikTok', ...task }), windows, now)).toBe(expected)
    expect(timeFor(aTaskRef(1, { channel: 'youtube', ...task }), windows, now)).toBe(stays)
    expect(timeFor(aTaskRef(1, { channel: null, ...task }), windows, now)).toBe(stays)
  })
})
