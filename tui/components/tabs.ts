import { cut, type Line, lineWidth } from '../line.ts'
import { screens } from '../screens/screens.ts'
import { type AppState, screenNames } from '../state.ts'

/** The screens by their digits, the one shown in brackets; what it says of itself stands at the right. */
export function tabsLine(state: AppState): Line {
  const tabs: Line = screenNames.flatMap((name, index) => {
    const label = `${index + 1} ${screens[name].title}`
    return [name === state.screen ? { text: `[${label}]`, role: 'selected' as const } : ` ${label} `, ' ']
  })
  const about = screens[state.screen].about(state)
  const room = state.size.columns - lineWidth(tabs)
  const short = cut([{ text: about, role: 'dim' }], Math.max(0, room))
  return [...tabs, ' '.repeat(Math.max(0, room - lineWidth(short))), ...short]
}
