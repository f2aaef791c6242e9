import { describe, expect, it } from 'vitest'
import { footerLines } from '../../tui/components/footer.ts'
import { headerLines } from '../../tui/components/header.ts'
import { tabsLines } from '../../tui/components/tabs.ts'
import { pageHeight, tableHeight } from '../../tui/layout.ts'
import { listHeight } from '../../tui/list-height.ts'
import { atWork } from './at-work.ts'
import { play, stateOf, statusView } from './fixture.ts'

const sizes = [10, 16, 19, 20, 24, 33, 34, 50].flatMap((rows) =>
  [40, 80, 109, 110, 160].map((columns) => ({ columns, rows })),
)

describe.each(sizes)('at $columns × $rows', (size) => {
  it('head, page and foot make the terminal, whatever is wrong', () => {
    for (const status of [statusView({ workers: [] }), statusView(), atWork()]) {
      const state = stateOf({ size, status })
      const around = [headerLines(state), tabsLines(state), footerLines(state)].flat()
      expect(around.length + pageHeight(size)).toBe(size.rows)
    }
  })

  it('leaves rows for a table', () => {
    expect(tableHeight(size)).toBeGreaterThanOrEqual(4)
    expect(listHeight(stateOf({ size, status: atWork() }))).toBeGreaterThanOrEqual(4)
  })

  it('has the head at the same height on every screen, page and help', () => {
    const heightOf = (...keys: string[]) => {
      const { state } = play(stateOf({ size, status: atWork() }), ...keys)
      return headerLines(state).length + tabsLines(state).length
    }
    const heights = new Set([heightOf(), heightOf('2'), heightOf('5'), heightOf('!'), heightOf('?')])
    expect(heights.size).toBe(1)
  })
})
