import type { WindowPolicy } from '../../config/policy.ts'
import {
  closingSoonMs,
  windowViews,
  type ChannelWindow,
  type WindowView,
} from '../../domain/cycle/windows.ts'
import { compileWindows } from '../../expressions/window.ts'

/** The windows of the configuration, as whoever looks at them needs them. */
export interface ChannelWindows {
  compiled(): readonly ChannelWindow[]
  /** One a channel, as they stand at a moment (epoch milliseconds); not to be changed. */
  views(nowMs: number): WindowView[]
  /** Other windows are configured now. */
  redefine(windows: readonly WindowPolicy[]): void
}

/** Nothing may change for so long; then it is computed anew all the same. */
const keptMs = 3_600_000

export function createChannelWindows(windows: readonly WindowPolicy[]): ChannelWindows {
  let compiled = compileWindows(windows)
  let kept: { fromMs: number; untilMs: number; views: WindowView[] } | null = null
  return {
    compiled: () => compiled,
    views(nowMs) {
      if (kept === null || nowMs < kept.fromMs || nowMs >= kept.untilMs) {
        const views = windowViews(compiled, nowMs)
        kept = { fromMs: nowMs, untilMs: changesAt(views, nowMs), views }
      }
      return kept.views
    },
    redefine(next) {
      compiled = compileWindows(next)
      kept = null
    },
  }
}

/** Until when the views say the same: the cycle looks every two seconds, and windows change a few times a day. */
function changesAt(views: readonly WindowView[], nowMs: number): number {
  const changes = views.flatMap(({ opensAt, closesAt }) =>
    closesAt === null ? [opensAt] : [opensAt, closesAt, closesAt - closingSoonMs],
  )
  const ahead = changes.filter((at) => at !== null && at > nowMs).map(Number)
  return Math.min(nowMs + keptMs, ...ahead)
}
