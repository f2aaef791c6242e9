import type { WindowView } from './windows.ts'

/** From `fromMs` on, until before `untilMs`, epoch milliseconds. */
export interface ClosedSpan {
  channel: string
  fromMs: number
  untilMs: number
}

/**
 * When the channels of strict windows are closed: each one's present span, or the next one of those that are open. A channel that
 * never closes, or is not known to open again, has none.
 */
export function closedSpans(views: readonly WindowView[], nowMs: number): ClosedSpan[] {
  return views.flatMap(({ channel, strict, isOpen, opensAt, closesAt }) => {
    const fromMs = isOpen ? closesAt : nowMs
    return strict && fromMs !== null && opensAt !== null ? [{ channel, fromMs, untilMs: opensAt }] : []
  })
}
