import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  finishedStatuses,
  isFinished,
  nextTaskStatus,
  taskEvents,
  taskStatuses,
  taskTransitions,
  type TaskStatus,
} from '../../src/domain/task.ts'

const acceptedEvents = (status: TaskStatus) =>
  taskEvents.filter((event) => taskTransitions[status][event] !== null)

const anyStatus = fc.constantFrom(...taskStatuses)
const anyEvent = fc.constantFrom(...taskEvents)

describe('the life of a task', () => {
  it('has a cell for every status and event', () => {
    expect(Object.keys(taskTransitions).sort()).toEqual([...taskStatuses].sort())
    for (const status of taskStatuses) {
      expect(Object.keys(taskTransitions[status]).sort()).toEqual([...taskEvents].sort())
    }
  })

  it.each([
    ['pending', 'claim', false, 'in_progress'],
    ['assigned', 'claim', true, 'in_progress'],
    ['scheduled', 'claim', true, undefined],
    ['retry', 'claim', true, undefined],
    ['in_progress', 'claim', true, undefined],
    ['scheduled', 'ready', false, 'pending'],
    ['retry', 'ready', true, 'assigned'],
    ['in_progress', 'complete', true, 'completed'],
    ['in_progress', 'fail', true, 'retry'],
    ['in_progress', 'die', true, 'failed'],
    ['in_progress', 'release', true, 'assigned'],
    ['in_progress', 'release', false, 'pending'],
    ['in_progress', 'cancel', true, 'cancelled'],
    ['pending', 'complete', false, undefined],
    ['completed', 'cancel', true, undefined],
    ['failed', 'replay', true, 'assigned'],
    ['cancelled', 'replay', false, 'pending'],
  ] as const)('%s + %s (assigned: %s) → %s', (status, event, assigned, expected) => {
    expect(nextTaskStatus(status, event, assigned)).toBe(expected)
  })

  it.each(finishedStatuses)('%s takes a replay and nothing else', (status) => {
    expect(isFinished(status)).toBe(true)
    expect(acceptedEvents(status)).toEqual(['replay'])
  })

  it.each(taskStatuses)('from %s an end can be reached', (start) => {
    const reached = new Set([start])
    for (const status of reached) {
      for (const event of taskEvents) {
        const next = nextTaskStatus(status, event, true)
        if (next !== undefined) reached.add(next)
      }
    }
    expect([...reached]).toEqual(expect.arrayContaining([...finishedStatuses]))
  })

  it('accepts an event exactly when it leads somewhere, and to a status', () => {
    fc.assert(
      fc.property(anyStatus, anyEvent, fc.boolean(), (status, event, assigned) => {
        const next = nextTaskStatus(status, event, assigned)
        expect(next !== undefined).toBe(acceptedEvents(status).includes(event))
        if (next !== undefined) expect(taskStatuses).toContain(next)
      }),
    )
  })
})
