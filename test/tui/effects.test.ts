import { describe, expect, it } from 'vitest'
import type { ApiClient } from '../../src/client/client.ts'
import { taskId } from '../../src/domain/ids.ts'
import { createEffects } from '../../tui/effects.ts'
import type { AppEvent } from '../../tui/event.ts'
import { queryOf } from '../../tui/screens/tasks/filter.ts'
import { fakeClock } from '../fakes/clock.ts'

function effectsOver(answer: (name: string, input: object) => unknown) {
  const clock = fakeClock()
  const events: AppEvent[] = []
  const calls: [string, object][] = []
  let quits = 0
  const call = async (name: string, input: object) => {
    calls.push([name, input])
    return answer(name, input)
  }
  const effects = createEffects({
    client: { call: call as unknown as ApiClient['call'] },
    clock,
    dispatch: (event) => events.push(event),
    quit: () => {
      quits += 1
    },
  })
  return { clock, effects, events, calls, quits: () => quits }
}

describe('effects', () => {
  it('ask the API for what they name, and give its answer back', async () => {
    const { clock, effects, events, calls } = effectsOver(() => ({ tasks: [] }))
    effects.perform({ kind: 'load_tasks', filter: 'licence failed', limit: 100 })
    effects.perform({ kind: 'urgent', id: taskId(7), undo: true })
    await clock.advance(0)
    expect(calls).toEqual([
      ['listTasks', { statuses: ['failed'], search: 'licence', limit: 100 }],
      ['urgentTask', { id: 7, undo: true }],
    ])
    expect(events).toEqual([
      { kind: 'tasks', filter: 'licence failed', limit: 100, tasks: [] },
      { kind: 'urgent_set', answer: { tasks: [] }, undo: true },
    ])
  })

  it('ask for the status at most two or three times a second, whatever changes', async () => {
    const { clock, effects, calls } = effectsOver(() => ({}))
    for (let change = 0; change < 100; change++) {
      effects.perform({ kind: 'refresh' })
      await clock.advance(10)
    }
    expect(calls).toHaveLength(3)
    effects.stop()
  })

  it('tell what failed, and go on', async () => {
    const { clock, effects, events } = effectsOver(() => {
      throw new Error('the database is away')
    })
    effects.perform({ kind: 'refresh' })
    await clock.advance(0)
    expect(events).toEqual([{ kind: 'failed', effect: { kind: 'refresh' }, reason: 'the database is away' }])
  })

  it('are silent once stopped, also about what is under way', async () => {
    let answer: (value: object) => void = () => {}
    const { clock, effects, events, calls } = effectsOver(() => new Promise((resolve) => (answer = resolve)))
    effects.perform({ kind: 'refresh' })
    effects.perform({ kind: 'refresh' })
    effects.stop()
    answer({})
    await clock.advance(1000)
    effects.perform({ kind: 'load_task', id: taskId(1) })
    expect(calls).toHaveLength(1)
    expect(events).toEqual([])
    expect(clock.pending).toBe(0)
  })

  it('quit', () => {
    const { effects, quits } = effectsOver(() => ({}))
    effects.perform({ kind: 'quit' })
    expect(quits()).toBe(1)
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
    expect(queryOf(typed)).toEqual(query)
  })
})
