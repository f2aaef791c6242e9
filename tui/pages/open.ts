import { pageHeight } from '../layout.ts'
import type { Load } from '../sources.ts'
import { type AppState, type Effect, type Step, step } from '../state.ts'
import type { PageKind, PageState } from './page.ts'
import { pages } from './pages.ts'

/** From a page one may go on to another, and so on; nobody goes back further. */
const pagesMax = 8

export function openPage(state: AppState, kind: PageKind, id: string): Step {
  const page: PageState = { kind, id, top: 0 }
  const next = { ...state, message: null, pages: [...state.pages, page].slice(-pagesMax) }
  return step(next, ...loads(pages[kind].wants(next, id)))
}

/** Back to what is below, which another page's answer may have replaced meanwhile. */
export function closePage(state: AppState): Step {
  const next = { ...state, pages: state.pages.slice(0, -1), message: null }
  const page = next.pages.at(-1)
  return step(next, ...(page ? loads(pages[page.kind].wants(next, page.id)) : []))
}

export function scrollPage(state: AppState, by: number): Step {
  const page = state.pages.at(-1)
  if (!page) return step(state)
  const count = pages[page.kind].lines(state, page.id)?.length ?? 0
  const lowest = Math.max(0, count - pageHeight(state.size))
  const top = Math.max(0, Math.min(lowest, page.top + by))
  return step({ ...state, pages: [...state.pages.slice(0, -1), { ...page, top }] })
}

export function loads(wanted: readonly Load[]): Effect[] {
  return wanted.map((load) => ({ kind: 'load', ...load }))
}
