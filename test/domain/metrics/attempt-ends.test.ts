import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { taskId } from '../../../src/domain/ids.ts'
import { AttemptEnds, type AttemptNews } from '../../../src/domain/metrics/attempt-ends.ts'
import type { Execution } from '../../../src/domain/metrics/worker-record.ts'
import type { TaskStatus } from '../../../src/domain/task.ts'

type Changes = AttemptNews['changes']

/** The events of one task, a second apart. */
function story(...steps: [to: TaskStatus, changes?: Changes, jrName?: string | null][]): AttemptNews[] {
  return steps.map(([to, changes = {}, jrName = 'a_jr'], index) => ({
    taskId: taskId(7),
    version: index + 1,
    at: (index + 1) * 1_000,
    kind: index === 0 ? 'inserted' : 'updated',
    from: index === 0 ? null : (steps[index - 1]?.[0] ?? null),
    to,
    jrName,
    changes,
  }))
}

function endsOf(events: readonly AttemptNews[], ends = new AttemptEnds()): Execution[] {
  return events.map((event) => ends.note(event)).filter((end) => end !== null)
}

const claim = { started_at: 'now', attempts: 1 }

describe('the ends of attempts', () => {
  it.each<[string, AttemptNews[], Partial<Execution>[]]>([
    [
      'a completion succeeds, and lasts from the claim',
      story(['pending'], ['in_progress', claim], ['in_progress', { progress_percent: 5 }], ['completed']),
      [{ name: 'a_jr', outcome: 'succeeded', durationMs: 2_000, endedAt: 4_000 }],
    ],
    [
      'a retry failed, and so did the death after it',
      story(
        ['assigned'],
        ['in_progress', claim],
        ['retry', { error: 'no' }],
        ['assigned'],
        ['in_progress', claim],
        ['failed'],
      ),
      [
        { outcome: 'failed', durationMs: 1_000 },
        { outcome: 'failed', durationMs: 1_000 },
      ],
    ],
    [
      'a release is no execution',
      story(['assigned'], ['in_progress', claim], ['assigned', { attempts: 0 }]),
      [],
    ],
    [
      'an expired lease failed, by whom the claim says',
      story(
        ['pending'],
        ['in_progress', claim],
        ['pending', { error: 'the lease expired', assigned_jr: null }, null],
      ),
      [{ name: 'a_jr', outcome: 'failed' }],
    ],
    [
      'a rescue that counts the attempt failed, for it leaves its reason',
      story(['assigned'], ['in_progress', claim], ['assigned', { attempts: 2, error: 'stuck' }]),
      [{ outcome: 'failed' }],
    ],
    ['a cancelled task is no execution', story(['assigned'], ['in_progress', claim], ['cancelled']), []],
    [
      'an end without a known claim has no duration',
      story(['assigned'], ['in_progress', claim], ['completed']).slice(2),
      [{ outcome: 'succeeded', durationMs: null }],
    ],
    [
      "nobody's is nobody's",
      story(['pending', {}, null], ['in_progress', {}, null], ['completed', {}, null]),
      [],
    ],
    ['what was done without being claimed was not done by a worker', story(['pending'], ['completed']), []],
    [
      'a start anew is another attempt',
      story(['assigned'], ['in_progress', claim], ['in_progress', { started_at: 'later' }], ['completed']),
      [{ durationMs: 1_000 }],
    ],
  ])('%s', (_, events, expected) => {
    expect(endsOf(events)).toMatchObject(expected)
    expect(endsOf(events)).toHaveLength(expected.length)
  })

  it('counts each end once, however often and from wherever its events are read again', () => {
    const events = story(
      ['assigned'],
      ['in_progress', claim],
      ['retry'],
      ['assigned'],
      ['in_progress', claim],
      ['completed'],
    )
    const again = fc.array(fc.nat({ max: events.length }), { maxLength: 5 })
    fc.assert(
      fc.property(again, (starts) => {
        const ends = new AttemptEnds()
        const found = [events, ...starts.map((start) => events.slice(start))].flatMap((part) =>
          endsOf(part, ends),
        )
        expect(found).toHaveLength(2)
      }),
    )
  })

  it('leaves out what was counted before the queue began anew', () => {
    const events = story(
      ['assigned'],
      ['in_progress', claim],
      ['retry'],
      ['assigned'],
      ['in_progress', claim],
      ['completed'],
    )
    const first = new AttemptEnds()
    endsOf(events.slice(0, 3), first)
    expect(first.newestMs).toBe(3_000)
    expect(endsOf(events, new AttemptEnds(first.newestMs))).toMatchObject([
      { outcome: 'succeeded', durationMs: 1_000 },
    ])
  })

  it('forgets a deleted task', () => {
    const [, claimed] = story(['assigned'], ['in_progress', claim])
    const ends = new AttemptEnds()
    if (claimed === undefined) throw new Error('no claim')
    ends.note(claimed)
    expect(ends.note({ ...claimed, version: 3, kind: 'deleted', from: 'in_progress', to: null })).toBeNull()
    expect(ends.note({ ...claimed, version: 4, from: 'in_progress', to: 'completed' })).toMatchObject({
      durationMs: null,
    })
  })
})
