import { safe } from '../../src/text/fit.ts'
import { headOf } from '../layout.ts'
import { cut, type Line, lineWidth, padded, type Span, whole } from '../line.ts'
import { pages } from '../pages/pages.ts'
import { screens } from '../screens/screens.ts'
import { type AppState, type ScreenName, screenNames } from '../state.ts'

/** How the screens that are not shown are named; the one that is always has its title. */
type Form = 'title' | 'short' | 'digit'

/** The screens by their digits, the one shown in brackets; what it says of itself stands at the right, or below. */
export function tabsLines(state: AppState): Line[] {
  const { columns } = state.size
  const { about } = headOf(state.size)
  const tabs = tabsWithin(state.screen, columns - (about === 'beside' ? aboutMin(columns) : 0))
  if (about === 'below') return [tabs, ['  ', ...whole(aboutSpans(state), ' · ', columns - 2)]]
  const room = columns - lineWidth(tabs)
  const told = whole(aboutSpans(state), ' · ', Math.max(0, room - 1))
  return [[...padded(tabs, columns - lineWidth(told)), ...told]]
}

/** Room that the tabs leave where something stands beside them, by the size alone: they must not jump. */
function aboutMin(columns: number): number {
  return columns < 60 ? 0 : Math.floor(columns / 3)
}

function tabsWithin(shown: ScreenName, cells: number): Line {
  const forms: Form[] = ['title', 'short', 'digit']
  const lines = forms.map((form) => tabsLine(shown, form))
  return lines.find((line) => lineWidth(line) <= cells) ?? cut(lines.at(-1) ?? [], cells)
}

function tabsLine(shown: ScreenName, form: Form): Line {
  return screenNames.map((name, index): Span => {
    if (name === shown) return { text: `[${index + 1} ${screens[name].title}]`, role: 'selected' }
    return ` ${index + 1}${form === 'digit' ? '' : ` ${titleOf(name, form)}`} `
  })
}

const shortCells = 4

function titleOf(name: ScreenName, form: Form): string {
  const { title, short } = screens[name]
  return form === 'title' ? title : (short ?? title.slice(0, shortCells))
}

/** How much there is, what of it is shown, and in which order; or what lies over it. */
function aboutSpans(state: AppState): Span[] {
  const page = state.pages.at(-1)
  if (state.help) return [{ text: 'All keys', role: 'dim' }]
  if (page) return [{ text: pages[page.kind].title, role: 'dim' }]
  const { filter, order } = state.arrangements[state.screen]
  const screen = screens[state.screen]
  return [
    { text: screen.about(state), role: 'dim' },
    isOld(state) ? { text: 'as of the last answer', role: 'warn' } : '',
    filter === '' ? '' : { text: `like “${safe(filter)}”`, role: 'accent' },
    order === 0 ? '' : { text: `by: ${screen.orders[order] ?? ''}`, role: 'accent' },
  ]
}

/** What is asked for beside the status is as old as its last answer, while the daemon is away. */
function isOld(state: AppState): boolean {
  return state.link.kind === 'away' && screens[state.screen].wants(state).length > 0
}
