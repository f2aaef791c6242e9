import { describe, expect, it } from 'vitest'
import { taskId } from '../../../src/domain/ids.ts'
import type { AttemptNews } from '../../../src/domain/metrics/attempt-ends.ts'
import { type TaskStart, TaskWaits } from '../../../src/domain/metrics/task-waits.ts'
import type { TaskStatus } from '../../../src/domain/task.ts'

/** A task's events, a second apart. */
function story(...steps: TaskStatus[]): AttemptNews[] {
  return steps.map((to, index) => ({
    taskId: taskId(7),
    version: index + 1,
    at: index * 1_000,
    kind: index === 0 ? 'inserted' : 'updated',
    from: steps[index - 1] ?? null,
    to,
    jrName: 'a_jr',
    changes: {},
  }))
}

function startsOf(events: readonly AttemptNews[], waits = new TaskWaits()): TaskStart[] {
  return events.map((event) => waits.note(event)).filter((start) => start !== null)
}

describe('the waits of tasks', () => {
  it.each<[string, AttemptNews[], TaskStart[]]>([
    ['last from the insertion', story('pending', 'in_progress'), [{ at: 1_000, waitedMs: 1_000 }]],
    [
      'go on when it is assigned',
      story('pending', 'assigned', 'in_progress'),
      [{ at: 2_000, waitedMs: 2_000 }],
    ],
    ['begin when it is due', story('scheduled', 'pending', 'in_progress'), [{ at: 2_000, waitedMs: 1_000 }]],
    [
      'begin anew with each attempt',
      story('pending', 'in_progress', 'retry', 'pending', 'in_progress'),
      [
        { at: 1_000, waitedMs: 1_000 },
        { at: 4_000, waitedMs: 1_000 },
      ],
    ],
    ['are unknown of what was ready before', story('in_progress'), []],
    ['end with a cancellation', [...story('pending', 'cancelled'), ...story('in_progress')], []],
  ])('%s', (_, events, starts) => {
    expect(startsOf(events)).toEqual(starts)
  })

  it('are told once, or as they were, when events are read again', () => {
    const waits = new TaskWaits()
    const events = story('pending', 'in_progress')
    const again = startsOf([...events, ...events, ...events.slice(1)], waits)
    expect(again).toEqual([
      { at: 1_000, waitedMs: 1_000 },
      { at: 1_000, waitedMs: 1_000 },
    ])
  })

  it('are remembered of those that wait longest, when there are too many', () => {
    const waits = new TaskWaits()
    const [ready, claim] = story('pending', 'in_progress')
    if (!ready || !claim) throw new Error('two events')
    for (let id = 1; id <= 10_001; id += 1) waits.note({ ...ready, taskId: taskId(id) })
    expect(waits.note({ ...claim, taskId: taskId(1) })).not.toBeNull()
    expect(waits.note({ ...claim, taskId: taskId(10_001) })).toBeNull()
  })
})
