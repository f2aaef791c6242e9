import type { ActivityView } from '../../../src/domain/metrics/activity.ts'
import { brief, duration } from '../../../src/text/format.ts'
import { curve, gathered } from '../../components/curve.ts'
import { heading, headingCells } from '../../components/heading.ts'
import { pageHeight } from '../../layout.ts'
import { type Line, type Role, type Span, whole } from '../../line.ts'
import type { AppState } from '../../state.ts'

const minuteMs = 60_000

/** Cells of a curve: with these a cell is a minute, or half a one where there is room. */
function curveCells(columns: number): number {
  if (columns < 72) return 16
  return columns < 120 ? 31 : 61
}

/** From so many rows of the page on there is room for curves that are higher than a line. */
const tallRows = 30

function isTall({ size, drawing }: AppState): boolean {
  return pageHeight(size) >= tallRows && drawing !== 'words'
}

function curveHeight(state: AppState): number {
  return isTall(state) ? 3 : 1
}

/** Lines that the curves take. */
export function activityHeight(state: AppState): number {
  const air = 1
  const failed = 1
  return isTall(state) ? 2 * (air + curveHeight(state)) + failed : 2 * curveHeight(state)
}

/** Curves of what was done and of how long tasks waited: the latest value, the largest, and since when. */
export function activityLines(activity: ActivityView, state: AppState): Line[] {
  const done = doneLines(activity, state)
  const waited = waitLines(activity, state)
  if (!isTall(state)) return [...done, ...waited]
  // Air above the high ones: else the foot of one would stand on the head of the other.
  return [[], ...done, ...failedLines(activity, state), [], ...waited]
}

function doneLines(activity: ActivityView, state: AppState): Line[] {
  const { done, failed } = activity
  const cells = curveCells(state.size.columns)
  const drawn = gathered({ ...activity, values: done }, cells, (one, other) => one + other)
  const max = largestOf(drawn.values)
  const failures = failed.reduce((all, one) => all + one, 0)
  const facts: Span[] = [
    rateText(activity, (max * minuteMs) / drawn.bucketMs),
    failures === 0 ? '' : { text: `${failures} failed`, role: 'bad' },
    { text: `in ${spanText(activity)}`, role: 'dim' },
  ]
  return curveLines('Done', curve(drawn.values, max, state.drawing, curveHeight(state)), facts, state)
}

/** When it was that attempts failed. Drawn lower than what was done: a few are as plain as many. */
function failedLines(activity: ActivityView, state: AppState): Line[] {
  const { failed, bucketMs } = activity
  const drawn = gathered(
    { ...activity, values: failed },
    curveCells(state.size.columns),
    (one, other) => one + other,
  )
  const max = largestOf(drawn.values)
  const last = failed.findLastIndex((count) => count > 0)
  const ago = (failed.length - 1 - last) * bucketMs
  const facts: Span[] =
    last < 0
      ? [{ text: 'none', role: 'dim' }]
      : [
          `max ${max} in ${duration(drawn.bucketMs)}`,
          ago === 0 ? 'the last just now' : `the last ${duration(ago)} ago`,
        ]
  return curveLines('Failed', curve(drawn.values, max, state.drawing), facts, state, last < 0 ? 'dim' : 'bad')
}

function waitLines(activity: ActivityView, state: AppState): Line[] {
  const { waitMs } = activity
  const cells = curveCells(state.size.columns)
  const drawn = gathered({ ...activity, values: waitMs }, cells, (one, other) => Math.max(one, other))
  const max = largestOf(drawn.values)
  const latest = waitMs.findLast((wait) => wait !== null)
  const facts: Span[] =
    latest == null
      ? [{ text: `no start of a task that became ready in ${spanText(activity)}`, role: 'dim' }]
      : [`${brief(latest)} to start, max ${brief(max)}`, { text: `in ${spanText(activity)}`, role: 'dim' }]
  return curveLines('Waited', curve(drawn.values, max, state.drawing, curveHeight(state)), facts, state)
}

/** The figures stand at the curve's foot, where its zero is. */
function curveLines(
  title: string,
  drawn: readonly string[],
  facts: readonly Span[],
  { size }: AppState,
  role: Role = 'accent',
): Line[] {
  const foot = drawn.at(-1)
  if (foot === undefined) return [[heading(title), ...whole(facts, ' · ', size.columns - headingCells, '')]]
  const room = size.columns - headingCells - foot.length - gap.length
  const above = drawn.slice(0, -1).map((text): Line => [heading(''), { text, role }])
  return [...above, [heading(title), { text: foot, role }, gap, ...whole(facts, ' · ', room, '')]]
}

const gap = '  '

/** What was done within the last whole minute, and what the curve's highest cell stands for; within the first minute, what there was so far. */
function rateText({ done, bucketMs }: ActivityView, maxPerMinute: number): string {
  const buckets = minuteMs / bucketMs
  const closed = done.slice(0, -1)
  if (closed.length < buckets) return `${done.reduce((all, one) => all + one, 0)} so far`
  const lastMinute = closed.slice(-buckets).reduce((all, one) => all + one, 0)
  return `${lastMinute}/min${maxPerMinute === 0 ? '' : `, max ${rounded(maxPerMinute)}`}`
}

function largestOf(values: readonly (number | null)[]): number {
  return values.reduce<number>((max, value) => Math.max(max, value ?? 0), 0)
}

function rounded(value: number): number {
  return value < 10 ? Number(value.toFixed(1)) : Math.round(value)
}

/** How long it has been counted, as far as the series reaches. */
function spanText({ done, bucketMs }: ActivityView): string {
  return duration(done.length * bucketMs)
}
