import { describe, expect, it } from 'vitest'
import type { ApiClient } from '../../src/client/client.ts'
import { taskId } from '../../src/domain/ids.ts'
import { UserError } from '../../src/errors.ts'
import { createEffects } from '../../tui/effects.ts'
import type { AppEvent } from '../../tui/event.ts'
import { queryOf } from '../../tui/screens/tasks/query.ts'
import { fakeClock } from '../fakes/clock.ts'

function effectsOver(answer: (name: string, input: object) => unknown) {
  const clock = fakeClock()
  const events: AppEvent[] = []
  const calls: [string, object][] = []
  let quits = 0
  let suspensions = 0
  const call = async (name: string, input: object) => {
    calls.push([name, input])
    return answer(name, input)
  }
  const effects = createEffects({
    client: { call: call as unknown as ApiClient['call'], followLog: async () => {} },
    clock,
    dispatch: (event) => events.push(event),
    quit: () => {
      quits += 1
    },
    suspend: () => {
      suspensions += 1
    },
  })
  return { clock, effects, events, calls, quits: () => quits, suspensions: () => suspensions }
}

describe('effects', () => {
  it('ask the API for what they name, and give its answer back', async () => {
    const { clock, effects, events, calls } = effectsOver(() => ({ tasks: [] }))
    const by = { filter: 'licence failed', limit: 100, query: queryOf('licence failed', []) }
    effects.perform({ kind: 'load', source: 'tasks', by })
    effects.perform({ kind: 'load', source: 'task', by: { id: taskId(7) } })
    await clock.advance(0)
    expect(calls).toEqual([
      ['listTasks', { statuses: ['failed'], search: 'licence', limit: 100 }],
      ['getTask', { id: 7 }],
    ])
    expect(events).toEqual([
      { kind: 'loaded', source: 'task', by: { id: 7 }, answer: { tasks: [] } },
      { kind: 'loaded', source: 'tasks', by, answer: [] },
    ])
  })

  it('change what was confirmed, and tell what came of it and how to take it back', async () => {
    const { clock, effects, events, calls } = effectsOver(() => ({
      changed: true,
      task: { id: 7, status: 'pending' },
      position: null,
    }))
    effects.perform({ kind: 'change', change: { kind: 'urgent', id: taskId(7), undo: false } })
    await clock.advance(0)
    expect(calls).toEqual([['urgentTask', { id: 7, undo: false }]])
    expect(events).toEqual([
      {
        kind: 'done',
        outcome: {
          change: { kind: 'urgent', id: 7, undo: false },
          sentence: 'Task 7 is urgent: it will be claimed next. z takes it back.',
          undo: {
            preview: 'Undo: take back the urgency of task 7?',
            isUndo: true,
            command: 'jrctl urgent 7 --undo',
            change: { kind: 'urgent', id: 7, undo: true },
          },
        },
      },
    ])
  })

  it('ask for the status once a second, whatever changes, and at once after a change of the operator', async () => {
    const { clock, effects, calls } = effectsOver(() => ({}))
    for (let change = 0; change < 250; change++) {
      effects.perform({ kind: 'refresh' })
      await clock.advance(10)
    }
    expect(calls).toHaveLength(3)
    effects.perform({ kind: 'refresh', because: 'operator' })
    await clock.advance(100)
    expect(calls).toHaveLength(4)
    effects.stop()
    expect(clock.pending).toBe(0)
  })

  it('ask for what is told at once in pieces when all of it has come', async () => {
    const { clock, effects, calls } = effectsOver(() => ({}))
    for (const ms of [0, 20, 30]) {
      await clock.advance(ms)
      effects.perform({ kind: 'refresh' })
    }
    expect(calls).toHaveLength(0)
    await clock.advance(5000)
    expect(calls).toHaveLength(1)
  })

  it('ask by the time alone for what is old, so that a fleet that changes is not asked twice', async () => {
    const { clock, effects, calls } = effectsOver(() => ({}))
    const seconds = async (count: number, more: () => void) => {
      for (let second = 0; second < count; second += 1) {
        effects.perform({ kind: 'refresh', because: 'time' })
        more()
        await clock.advance(1000)
      }
    }
    await seconds(12, () => {})
    // Every 1.2 seconds.
    expect([9, 10, 11]).toContain(calls.length)
    calls.splice(0)
    await seconds(10, () => effects.perform({ kind: 'refresh' }))
    expect(calls.length).toBeLessThanOrEqual(11)
    effects.stop()
    expect(clock.pending).toBe(0)
  })

  it('tell what failed, and go on', async () => {
    const { clock, effects, events } = effectsOver(() => {
      throw new Error('the database is away')
    })
    effects.perform({ kind: 'refresh' })
    await clock.advance(100)
    expect(events).toEqual([{ kind: 'failed', effect: { kind: 'refresh' }, reason: 'the database is away' }])
  })

  it('tell with a failure what to do about it', async () => {
    const { clock, effects, events } = effectsOver(() => {
      throw new UserError('Over TCP this needs the token', {
        hint: 'Send it.\nFor commands: JRCTL_TOKEN=TOKEN',
      })
    })
    effects.perform({ kind: 'change', change: { kind: 'urgent', id: taskId(7), undo: false } })
    await clock.advance(0)
    expect(events).toMatchObject([
      { kind: 'failed', reason: 'Over TCP this needs the token. For commands: JRCTL_TOKEN=TOKEN' },
    ])
  })

  it('are silent once stopped, also about what is under way', async () => {
    let answer: (value: object) => void = () => {}
    const { clock, effects, events, calls } = effectsOver(() => new Promise((resolve) => (answer = resolve)))
    effects.perform({ kind: 'refresh' })
    await clock.advance(100)
    effects.perform({ kind: 'refresh' })
    effects.stop()
    answer({})
    await clock.advance(1000)
    effects.perform({ kind: 'load', source: 'task', by: { id: taskId(1) } })
    expect(calls).toHaveLength(1)
    expect(events).toEqual([])
    expect(clock.pending).toBe(0)
  })

  it('quit', () => {
    const { effects, quits } = effectsOver(() => ({}))
    effects.perform({ kind: 'quit' })
    expect(quits()).toBe(1)
  })

  it('give the terminal to the shell', () => {
    const { effects, suspensions } = effectsOver(() => ({}))
    effects.perform({ kind: 'suspend' })
    expect(suspensions()).toBe(1)
  })
})

describe('the filter', () => {
  it.each([
    ['', {}],
    ['  ', {}],
    ['licence  text', { search: 'licence text' }],
    ['failed retry', { statuses: ['retry', 'failed'] }],
    ['failed licence', { statuses: ['failed'], search: 'licence' }],
    ['Failed', { search: 'Failed' }],
  ])('%j', (typed, query) => {
    expect(queryOf(typed, [])).toEqual(query)
  })
})
