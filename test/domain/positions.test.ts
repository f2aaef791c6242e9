import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { taskId } from '../../src/domain/ids.ts'
import { comparePositions, movements, orderInProgress, positionKey } from '../../src/domain/positions.ts'
import type { PositionInput } from '../../src/domain/positions.ts'

const row = (id: number, startedAt: number, urgentAt: number | null = null, urgent = urgentAt !== null) =>
  ({ id: taskId(id), startedAt, urgentAt, urgent }) satisfies PositionInput

const ids = (rows: readonly PositionInput[]): number[] => rows.map(({ id }) => id)

const anyRow = fc
  .record({
    startedAt: fc.integer({ min: 0, max: 5 }),
    urgent: fc.boolean(),
    at: fc.option(fc.integer({ min: 0, max: 5 })),
  })
  .map(({ startedAt, urgent, at }) => ({ startedAt, urgent, urgentAt: urgent ? at : null }))
const anyRows = fc
  .array(anyRow, { maxLength: 12 })
  .map((rows) => rows.map((one, index): PositionInput => Object.assign(one, { id: taskId(index + 1) })))

describe('orderInProgress', () => {
  it.each([
    ['by start', [row(2, 20), row(1, 10)], [1, 2]],
    ['by id on a tie', [row(2, 10), row(1, 10)], [1, 2]],
    ['urgent first', [row(1, 10), row(2, 20, 30)], [2, 1]],
    ['the latest call first', [row(1, 10, 30), row(2, 20, 40), row(3, 5)], [2, 1, 3]],
    ['urgent by its row alone counts from its start', [row(1, 10, 30), row(2, 40, null, true)], [2, 1]],
    ['urgent ties by start, then id', [row(3, 9, 30), row(2, 10, 30), row(1, 10, 30)], [3, 1, 2]],
  ])('%s', (_, rows, expected) => {
    expect(ids(orderInProgress(rows))).toEqual(expected)
  })

  it('is the same whatever the order of the rows, and loses none', () => {
    fc.assert(
      fc.property(
        anyRows.chain((rows) =>
          fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })),
        ),
        ([rows, shuffled]) => {
          expect(orderInProgress(shuffled)).toEqual(orderInProgress(rows))
          expect(new Set(orderInProgress(rows))).toEqual(new Set(rows))
        },
      ),
    )
  })

  it('has keys that never fall along it', () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const keys = orderInProgress(rows).map(positionKey)
        expect(keys).toEqual(keys.toSorted((a, b) => a - b))
      }),
    )
  })

  it('is a total order', () => {
    fc.assert(
      fc.property(anyRow, anyRow, anyRow, (x, y, z) => {
        const [a, b, c] = [
          { ...x, id: taskId(1) },
          { ...y, id: taskId(2) },
          { ...z, id: taskId(3) },
        ] as const
        expect(Math.sign(comparePositions(a, b))).toBe(-Math.sign(comparePositions(b, a)))
        expect(comparePositions(a, b)).not.toBe(0)
        if (comparePositions(a, b) < 0 && comparePositions(b, c) < 0)
          expect(comparePositions(a, c)).toBeLessThan(0)
      }),
    )
  })
})

describe('movements', () => {
  const three = [row(1, 10), row(2, 20), row(3, 30)]

  it('a task that leaves promotes all below it', () => {
    expect(movements(three, three.slice(1))).toEqual([
      { kind: 'left', taskId: 1, from: 1, reason: 'no longer in progress' },
      { kind: 'promoted', taskId: 2, from: 2, to: 1, reason: 'task 1 left' },
      { kind: 'promoted', taskId: 3, from: 3, to: 2, reason: 'task 1 left' },
    ])
  })

  it('one made urgent demotes those it passes, and only those', () => {
    const after = orderInProgress([row(1, 10), row(2, 20, 50), row(3, 30)])
    expect(movements(three, after)).toEqual([
      { kind: 'promoted', taskId: 2, from: 2, to: 1, reason: 'made urgent' },
      { kind: 'demoted', taskId: 1, from: 1, to: 2, reason: 'task 2 made urgent' },
    ])
  })

  it('undoing an urgent call says so', () => {
    const urgent = orderInProgress([row(1, 10), row(2, 20, 50)])
    expect(movements(urgent, orderInProgress([row(1, 10), row(2, 20)]))).toEqual([
      { kind: 'promoted', taskId: 1, from: 2, to: 1, reason: 'task 2 no longer urgent' },
      { kind: 'demoted', taskId: 2, from: 1, to: 2, reason: 'no longer urgent' },
    ])
  })

  it('a new urgent task joins at the top', () => {
    expect(movements([row(1, 10)], [row(4, 40, 40), row(1, 10)])).toEqual([
      { kind: 'joined', taskId: 4, to: 1, reason: 'started as urgent' },
      { kind: 'demoted', taskId: 1, from: 1, to: 2, reason: 'task 4 started as urgent' },
    ])
  })

  it('a task that went back and was claimed anew between two looks moves to the end', () => {
    const after = orderInProgress([row(1, 40), row(2, 20), row(3, 30)])
    expect(movements(three, after)).toEqual([
      { kind: 'promoted', taskId: 2, from: 2, to: 1, reason: 'task 1 started again' },
      { kind: 'promoted', taskId: 3, from: 3, to: 2, reason: 'task 1 started again' },
      { kind: 'demoted', taskId: 1, from: 1, to: 3, reason: 'started again' },
    ])
  })

  it('names three causes and counts the rest', () => {
    const many = [1, 2, 3, 4, 5, 6].map((id) => row(id, id))
    expect(movements(many, many.slice(5)).at(-1)).toEqual({
      kind: 'promoted',
      taskId: 6,
      from: 6,
      to: 1,
      reason: 'task 1 left, task 2 left, task 3 left and 2 more',
    })
  })

  it('tells exactly the differences, for any two orders', () => {
    fc.assert(
      fc.property(anyRows, anyRows, (first, second) => {
        const [before, after] = [orderInProgress(first), orderInProgress(second)]
        const told = movements(before, after)
        const rebuilt = new Map(before.map(({ id }, index) => [id, index + 1]))
        for (const movement of told) {
          if (movement.kind === 'left') rebuilt.delete(movement.taskId)
          else rebuilt.set(movement.taskId, movement.to)
          if ('from' in movement && 'to' in movement) {
            expect(movement.kind).toBe(movement.to < movement.from ? 'promoted' : 'demoted')
          }
        }
        expect(rebuilt).toEqual(new Map(after.map(({ id }, index) => [id, index + 1])))
        expect(movements(after, after)).toEqual([])
      }),
    )
  })
})
