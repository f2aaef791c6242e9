import type { CycleView, OrchestratorStatusView } from '../../../src/contract/orchestrator.ts'
import type { Health, HealthStatus } from '../../../src/domain/cycle/health.ts'
import { leaderText, passText } from '../../../src/text/cycle-words.ts'
import { safe } from '../../../src/text/fit.ts'
import { duration } from '../../../src/text/format.ts'
import { gauge } from '../../components/bars.ts'
import { heading } from '../../components/heading.ts'
import { pageHeight } from '../../layout.ts'
import { type Line, lineWidth, type Role, type Span, whole } from '../../line.ts'
import type { AppState } from '../../state.ts'

/** Rows that its table has at least, beside the titles. */
const tableRowsMin = 3
/** From so many lines of the page on one is spared for air. */
const roomyLines = 14

export const healthRoles: Record<HealthStatus, Role> = { healthy: 'good', degraded: 'warn', critical: 'bad' }

/** `85 of 100, healthy`: for whoever has a line to tell it in. */
export function healthSpan({ score, status }: Pick<Health, 'score' | 'status'>): Span {
  return { text: `${score} of 100, ${status}`, role: healthRoles[status] }
}

/** What stands above the decisions: how well the fleet is and why not better, and how the cycle is. The first lines matter most. */
export function panelLines(state: AppState): Line[] {
  const height = pageHeight(state.size)
  const room = Math.max(1, height - 1 - tableRowsMin)
  const lines = allLines(state).slice(0, room)
  return height >= roomyLines && lines.length < room ? [...lines, []] : lines
}

function allLines(state: AppState): Line[] {
  const { columns } = state.size
  const nowMs = state.status.at.wallMs
  const view = state.loaded.cycle?.answer
  if (!view) return [[heading('Cycle'), 'asking …']]
  const fitting = (title: string, spans: readonly Span[]): Line => {
    const head = heading(title)
    return [head, ...whole(spans, ' · ', columns - lineWidth([head]))]
  }
  return [
    ...healthLines(view, state, fitting),
    fitting('Cycle', switchSpans(view, state)),
    fitting('Passes', passSpans(view, state)),
    ...(view.cycle.problem === null
      ? []
      : [fitting('Problem', [{ text: safe(view.cycle.problem), role: 'bad' }])]),
    ...restLines(view, nowMs, fitting),
    ...ruleLines(view.cycle, fitting),
  ]
}

type Fitting = (title: string, spans: readonly Span[]) => Line

/** Cells of the bar for the score: five points each. */
const barCells = 20
const barFromColumns = 64

function healthLines(
  { cycle }: OrchestratorStatusView,
  { drawing, size }: AppState,
  fitting: Fitting,
): Line[] {
  const { health } = cycle
  if (health === null) {
    const why = cycle.leads ? 'not looked at yet' : 'judged by the node that leads'
    return [fitting('Health', [{ text: why, role: 'dim' }])]
  }
  const bar = size.columns < barFromColumns ? '' : gauge(health.score / 100, barCells, drawing)
  const score: Line = fitting('Health', [
    healthSpan(health),
    ...(health.deductions.length === 0 ? ['nothing is amiss'] : []),
  ])
  const [head = '', ...words] = score
  return [
    bar === '' ? score : [head, { text: bar, role: healthRoles[health.status] }, '  ', ...words],
    ...health.deductions.map(({ points, reason }) =>
      fitting('', [`${`−${points}`.padStart(4)}  ${safe(reason)}`]),
    ),
  ]
}

function switchSpans(
  { enabled, switchedBy, cycle }: OrchestratorStatusView,
  { status, readOnly }: AppState,
): Span[] {
  const who =
    switchedBy === null
      ? 'as the configuration says'
      : `switched ${enabled ? 'on' : 'off'} by ${safe(switchedBy.by)} ${duration(status.at.wallMs - switchedBy.at)} ago`
  if (!enabled) return [{ text: 'off', role: 'warn' }, who, ...(readOnly ? [] : ['o switches it on'])]
  const on: Span = { text: 'on', role: 'good' }
  // Mode and interval are of this node's configuration: while another leads, they are not what happens.
  if (!cycle.leads) return [on, who]
  const observes: Span[] =
    cycle.mode === 'observe' ? [{ text: 'only observes, changes nothing', role: 'warn' }] : []
  return [on, ...observes, `every ${duration(cycle.intervalMs)}`, who]
}

/** So many intervals without a pass are too many, and so long at least. */
const lateIntervals = 5
const lateMsMin = 10_000

function passSpans(view: OrchestratorStatusView, { status }: AppState): Span[] {
  const { cycle } = view
  if (!cycle.leads) return [leaderText(view)]
  // What comes with the status is of this second; the rest was asked for when something had changed.
  const lastPass = status.view.orchestrator?.lastPass ?? cycle.lastPass
  const failed: Span[] =
    cycle.passes.failed === 0 ? [] : [{ text: `${cycle.passes.failed} failed`, role: 'bad' }]
  const made = 'made here: this node leads'
  if (lastPass === null) return ['there was none yet', ...failed, made]
  const agoMs = status.at.wallMs - lastPass.at
  const isLate = view.enabled && agoMs > Math.max(lateMsMin, lateIntervals * cycle.intervalMs)
  const late: Span[] = isLate ? [{ text: `the last ${duration(agoMs)} ago`, role: 'warn' }] : []
  return [...late, `the last: ${passText(lastPass)}`, ...failed, made]
}

function restLines({ rests }: OrchestratorStatusView, nowMs: number, fitting: Fitting): Line[] {
  const resting = Object.entries(rests)
    .filter(([, until]) => until > nowMs)
    .toSorted(([, one], [, other]) => one - other)
    .map(([rule, until]) => `${safe(rule)} for ${duration(until - nowMs)}`)
  // Told also when it is nobody: what stands below must not jump.
  return [fitting('Resting', resting.length === 0 ? [{ text: 'no rule', role: 'dim' }] : resting)]
}

/** How often each rule decided since the daemon's start, the busiest first. */
function ruleLines({ rules, leads }: CycleView, fitting: Fitting): Line[] {
  if (!leads) return []
  const fired = Object.entries(rules)
    .toSorted(([, one], [, other]) => other.decided - one.decided)
    .map(([rule, { decided }]) => `${safe(rule)} ${decided} ×`)
  const none: Span = { text: "no rule since the daemon's start", role: 'dim' }
  return [fitting('Fired', fired.length === 0 ? [none] : fired)]
}
