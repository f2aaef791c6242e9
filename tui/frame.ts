import { asking } from './components/asking.ts'
import { asciiLine } from './ascii.ts'
import { footerLines } from './components/footer.ts'
import { headerLines } from './components/header.ts'
import { helpLines } from './components/help.ts'
import { tabsLines } from './components/tabs.ts'
import { pageHeight, smallest } from './layout.ts'
import { cut, type Line } from './line.ts'
import { pages } from './pages/pages.ts'
import { screens } from './screens/screens.ts'
import type { AppState } from './state.ts'

/**
 * What is seen, of a state alone: as many lines as the terminal has rows, for Ink would clear the scrollback to make room for more, and
 * none longer than it is wide. Who draws a line sees to it that it fits; here it is only made sure.
 */
export function frameLines(state: AppState): readonly Line[] {
  const lines = drawnLines(state).map((line) => cut(line, state.size.columns))
  return state.drawing === 'ascii' ? lines.map(asciiLine) : lines
}

function drawnLines(state: AppState): readonly Line[] {
  const { columns, rows } = state.size
  if (columns < smallest.columns || rows < smallest.rows) return [tooSmall(columns)]
  const foot = footerLines(state)
  const head = [...headerLines(state), ...tabsLines(state)].slice(0, Math.max(0, rows - foot.length))
  const height = Math.max(0, rows - head.length - foot.length)
  const page = aroundCursor(pageLines(state), height)
  const blank = Array.from({ length: height - page.length }, (): Line => [])
  return [...head, ...page, ...blank, ...foot].slice(0, rows)
}

function tooSmall(columns: number): Line {
  return cut([`needs ${smallest.columns} × ${smallest.rows} cells; q quits`], Math.max(1, columns))
}

/** What is between the tabs and the foot. */
function pageLines(state: AppState): readonly Line[] {
  if (state.help) return helpLines(state)
  const page = state.pages.at(-1)
  if (!page) return screens[state.screen].lines(state)
  const lines = pages[page.kind].lines(state, page.id)
  if (lines === null) return [[], [`  ${asking(state)}`]]
  // It may have become shorter since it was scrolled.
  const top = Math.min(page.top, Math.max(0, lines.length - pageHeight(state.size)))
  return lines.slice(top, top + pageHeight(state.size))
}

/** The page's first lines; when a question needs their room, those around the row that it is about. */
function aroundCursor(lines: readonly Line[], height: number): readonly Line[] {
  const cursor = lines.findIndex((line) =>
    line.some((span) => typeof span !== 'string' && span.role === 'selected'),
  )
  if (cursor < height) return lines.slice(0, height)
  return lines.slice(cursor + 1 - height, cursor + 1)
}
