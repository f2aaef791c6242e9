import { describe, expect, it } from 'vitest'
import { tabsLines } from '../../../tui/components/tabs.ts'
import { lineWidth, plainText } from '../../../tui/line.ts'
import { screens } from '../../../tui/screens/screens.ts'
import { screenNames } from '../../../tui/state.ts'
import { play, stateOf } from '../fixture.ts'

describe('the tabs', () => {
  it.each([40, 52, 60, 72, 80, 110, 160])(
    'name the shown screen whole, and every digit, at %i columns',
    (columns) => {
      for (const [index, name] of screenNames.entries()) {
        for (const rows of [10, 24]) {
          const { state } = play(stateOf({ size: { columns, rows } }), String(index + 1))
          const [tabs = []] = tabsLines(state)
          expect(lineWidth(tabs)).toBeLessThanOrEqual(columns)
          expect(plainText(tabs)).toContain(`[${index + 1} ${screens[name].title}]`)
          for (const digit of screenNames.keys()) expect(plainText(tabs)).toContain(String(digit + 1))
        }
      }
    },
  )

  it('name all screens at 80 columns', () => {
    const [tabs = []] = tabsLines(stateOf())
    for (const name of screenNames) expect(plainText(tabs)).toContain(screens[name].title)
  })

  it('say what of the rows is shown, and in which order', () => {
    const { state } = play(stateOf(), '/', 'x', 'enter', 's')
    expect(plainText(tabsLines(state)[1] ?? [])).toMatch(/like “x” · by: /)
  })
})
