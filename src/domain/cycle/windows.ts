import { channelKey } from '../channel.ts'

/** When a channel takes deliveries, as it stands at a moment. Times are epoch milliseconds. */
export interface WindowView {
  /** As it is compared (`channelKey`); all windows of a channel are one here. */
  channel: string
  isOpen: boolean
  /** A closed strict window blocks claims of its channel's tasks; another only steers what is scheduled. */
  strict: boolean
  /** The next opening; of an open one that after the present. Null: it never closes. */
  opensAt: number | null
  /** The present closing; null: it is closed, or it never closes. */
  closesAt: number | null
  /** Open, and for an hour at most. */
  closingSoon: boolean
}

/** From `opensAt` on, until before `closesAt`; epoch milliseconds. */
export interface Opening {
  opensAt: number
  closesAt: number
}

/** One window, compiled (`expressions/window.ts`). */
export interface ChannelWindow {
  /** A `channelKey`. */
  channel: string
  strict: boolean
  /** Its openings that lie within a time, wholly or in part; they may lie in any order and touch. */
  openings(fromMs: number, untilMs: number): Opening[]
}

/** Spec §7: closing-soon within the hour. */
export const closingSoonMs = 3_600_000

/** So far ahead it is looked: two weeks, for an opening may fall into an hour that a change of clocks leaves out. */
const horizonMs = 15 * 86_400_000

/** One view a channel, in the order in which they are first mentioned. */
export function windowViews(windows: readonly ChannelWindow[], nowMs: number): WindowView[] {
  return [...Map.groupBy(windows, ({ channel }) => channel)].map(([channel, own]) =>
    viewOf(channel, own, nowMs),
  )
}

/** When a channel is open next: now, when it is; null: it has no window, or none that opens. Epoch milliseconds. */
export function nextOpening(
  windows: readonly ChannelWindow[],
  channel: string,
  nowMs: number,
): number | null {
  const own = windows.filter((window) => window.channel === channel)
  if (own.length === 0) return null
  const view = viewOf(channel, own, nowMs)
  return view.isOpen ? nowMs : view.opensAt
}

/** Until when a strict window keeps every worker from a channel's tasks; null: none does. */
export function closedUntil(views: readonly WindowView[], channel: string | null): number | null {
  const view = channel === null ? undefined : views.find((own) => own.channel === channelKey(channel))
  return view === undefined || view.isOpen || !view.strict ? null : view.opensAt
}

function viewOf(channel: string, own: readonly ChannelWindow[], nowMs: number): WindowView {
  const untilMs = nowMs + horizonMs
  const openings = mergeOpenings(own.flatMap((window) => window.openings(nowMs, untilMs)))
  const present = openings.find(({ opensAt, closesAt }) => opensAt <= nowMs && nowMs < closesAt)
  const next = openings.find(({ opensAt }) => opensAt > nowMs)
  const closesAt = present === undefined || present.closesAt >= untilMs ? null : present.closesAt
  return {
    channel,
    isOpen: present !== undefined,
    strict: own.some(({ strict }) => strict),
    opensAt: next?.opensAt ?? null,
    closesAt,
    closingSoon: closesAt !== null && closesAt - nowMs <= closingSoonMs,
  }
}

/** In order, and those that overlap or touch as one: a window until midnight and one from midnight on do not close between. */
export function mergeOpenings(openings: readonly Opening[]): Opening[] {
  const merged: Opening[] = []
  for (const opening of openings.toSorted((one, other) => one.opensAt - other.opensAt)) {
    const last = merged.at(-1)
    if (last === undefined || opening.opensAt > last.closesAt) merged.push({ ...opening })
    else last.closesAt = Math.max(last.closesAt, opening.closesAt)
  }
  return merged
}
