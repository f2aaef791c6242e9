import type { WindowPolicy } from '../../config/policy.ts'
import { windowViews, type ChannelWindow, type WindowView } from '../../domain/cycle/windows.ts'
import { compileWindows } from '../../expressions/window.ts'

/** The windows of the configuration, as whoever looks at them needs them. */
export interface ChannelWindows {
  compiled(): readonly ChannelWindow[]
  /** One a channel, as they stand at a moment (epoch milliseconds). */
  views(nowMs: number): WindowView[]
  /** Other windows are configured now. */
  redefine(windows: readonly WindowPolicy[]): void
}

export function createChannelWindows(windows: readonly WindowPolicy[]): ChannelWindows {
  let compiled = compileWindows(windows)
  return {
    compiled: () => compiled,
    views: (nowMs) => windowViews(compiled, nowMs),
    redefine(next) {
      compiled = compileWindows(next)
    },
  }
}
