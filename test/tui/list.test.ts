import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emptyList, type ListState, moveCursor, settleList, visible } from '../../tui/list.ts'

const ids = fc.uniqueArray(fc.integer({ min: 1, max: 60 }).map(String), { maxLength: 40 })
const height = fc.integer({ min: 1, max: 12 })
/** Any history of moves and of rows that come and go. */
const history = fc.array(fc.record({ ids, by: fc.integer({ min: -20, max: 20 }) }), {
  minLength: 1,
  maxLength: 8,
})

function after(steps: { ids: string[]; by: number }[], rows: number): { list: ListState; ids: string[] } {
  let list: ListState = emptyList
  for (const step of steps) list = moveCursor(settleList(list, step.ids, rows), step.ids, step.by, rows)
  return { list, ids: steps.at(-1)?.ids ?? [] }
}

describe('the cursor of a list', () => {
  it('stands on a row that is there and is seen, whatever happened', () => {
    fc.assert(
      fc.property(history, height, (steps, rows) => {
        const { list, ids: last } = after(steps, rows)
        if (last.length === 0) return list.id === null && list.top === 0
        return last[list.index] === list.id && visible(last, list, rows).includes(list.id ?? '')
      }),
    )
  })

  it('leaves no line empty while there are rows to fill it', () => {
    fc.assert(
      fc.property(history, height, (steps, rows) => {
        const { list, ids: last } = after(steps, rows)
        return visible(last, list, rows).length === Math.min(rows, last.length)
      }),
    )
  })

  it('goes along with its row wherever that goes', () => {
    fc.assert(
      fc.property(history, height, ids, (steps, rows, fresh) => {
        const { list } = after(steps, rows)
        if (list.id === null || !fresh.includes(list.id)) return
        expect(settleList(list, fresh, rows).id).toBe(list.id)
      }),
    )
  })

  it('stays in its place when its row is gone', () => {
    const list = moveCursor(emptyList, ['a', 'b', 'c', 'd'], 1, 10)
    expect(settleList(list, ['a', 'c', 'd'], 10).id).toBe('c')
    expect(settleList(list, ['a'], 10).id).toBe('a')
  })

  it('is the same object when nothing changed', () => {
    const list = moveCursor(emptyList, ['a', 'b', 'c'], 1, 2)
    expect(settleList(list, ['a', 'b', 'c'], 2)).toBe(list)
  })
})
