import type { Load } from '../sources.ts'
import { type AppState, type Step, step } from '../state.ts'
import { openPage } from './open.ts'
import type { PageKind } from './page.ts'

/**
 * Opens a page of what is asked for by a key alone, for it costs the daemon something: never because something changed. Asked from
 * that page itself, the answer takes the place of the one before. The page's id is when it was asked.
 */
export function openAsked(state: AppState, kind: PageKind, loadOf: (askedAtMs: number) => Load): Step {
  const askedAtMs = state.now.monotonicMs
  const isAgain = state.pages.at(-1)?.kind === kind
  const below = isAgain ? { ...state, pages: state.pages.slice(0, -1) } : state
  const opened = openPage(below, kind, String(askedAtMs))
  return step(opened.state, ...opened.effects, { kind: 'load', ...loadOf(askedAtMs) })
}
