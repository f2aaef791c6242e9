import { safe } from '../../src/text/fit.ts'
import { cut, type Line, lineWidth } from '../line.ts'
import { screens } from '../screens/screens.ts'
import { type AppState, screenNames } from '../state.ts'

/** The screens by their digits, the one shown in brackets; what it says of itself stands at the right. */
export function tabsLine(state: AppState): Line {
  const tabs: Line = screenNames.flatMap((name, index) => {
    const label = `${index + 1} ${screens[name].title}`
    return [name === state.screen ? { text: `[${label}]`, role: 'selected' as const } : ` ${label} `, ' ']
  })
  const about = aboutText(state)
  const room = state.size.columns - lineWidth(tabs)
  const short = cut([{ text: about, role: 'dim' }], Math.max(0, room))
  return [...tabs, ' '.repeat(Math.max(0, room - lineWidth(short))), ...short]
}

function aboutText(state: AppState): string {
  const { filter, order } = state.arrangements[state.screen]
  const screen = screens[state.screen]
  const like = filter === '' ? '' : ` like “${safe(filter)}”`
  return `${screen.about(state)}${like}${order === 0 ? '' : `, ${screen.orders[order]}`}`
}
