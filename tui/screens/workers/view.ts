import type { WorkerView } from '../../../src/domain/worker.ts'
import { fit, safe, widthOf } from '../../../src/text/fit.ts'
import { age, bytes } from '../../../src/text/format.ts'
import { workerReason } from '../../../src/text/worker-reason.ts'
import {
  columnCells,
  type Column,
  type TableRow,
  noneLike,
  tableLines,
  wideColumns,
} from '../../components/table.ts'
import { cut, type Line, type Span } from '../../line.ts'
import { listHeight } from '../../list-height.ts'
import type { AppState, Size } from '../../state.ts'
import { breakerLine } from './breaker-line.ts'
import { stateCell, tasksOf } from './standing.ts'
import { shownWorkers, workerId, workerLabel } from './state.ts'

/** From here on there is room for why each is in its state; below, the line under the table says it of one. */
const whyColumns = 150

/** At 80 columns a whole name is worth more than the longest states, which have short names for it. */
function stateCells({ columns }: Size): number {
  return columns >= wideColumns ? 19 : 12
}

function columnsFor(size: Size, workers: readonly WorkerView[]): Column[] {
  const isWide = size.columns >= wideColumns
  const hasWhy = size.columns >= whyColumns && size.isEndless !== true
  const nameCells = workers.reduce((cells, worker) => Math.max(cells, widthOf(workerLabel(worker))), 6)
  return [
    hasWhy ? { title: 'WORKER', width: Math.min(whyNameCells, nameCells) } : { ...growing, title: 'WORKER' },
    { title: 'STATE', width: stateCells(size) },
    { title: 'PID', width: 7, align: 'right', fromColumns: 128 },
    { title: 'UP', width: 6, align: 'right' },
    { title: isWide ? 'RESTARTS' : 'AGAIN', width: isWide ? 8 : 5, align: 'right', fromColumns: 72 },
    { title: 'BEAT', width: 6, align: 'right', fromColumns: 56 },
    { title: 'CPU', width: 5, align: 'right', fromColumns: 64 },
    { title: 'MEMORY', width: 7, align: 'right', fromColumns: 48 },
    { title: 'P95', width: 6, align: 'right', fromColumns: 88 },
    { title: 'SCORE', width: 5, align: 'right', fromColumns: 96 },
    { title: 'TASK', width: isWide ? 7 : 5, align: 'right', fromColumns: 80 },
    ...(hasWhy ? [{ ...growing, title: 'WHY' }] : []),
  ]
}

const growing = { width: 0, flexible: true }
/** A longer name would leave little for the reason. */
const whyNameCells = 34

export function workerLines(state: AppState): Line[] {
  const workers = shownWorkers(state)
  const breaker = breakerLine(state)
  const above = breaker === null ? [] : [cut(breaker, state.size.columns)]
  if (state.status.view.workers.length === 0) return [...above, [], ['  No worker is configured.']]
  if (workers.length === 0) return [...above, ...noneLike(state)]
  const columns = columnsFor(state.size, workers)
  const nameCells = columnCells('WORKER', columns, state.size)
  const table = tableLines(columns, workers, (worker) => rowOf(worker, state, nameCells), {
    list: state.lists.workers,
    size: state.size,
    height: listHeight(state),
  })
  return [...above, ...table]
}

/** Between two runs what matters is when the next one comes. */
function nextRun({ state, schedule, nextStartAt }: WorkerView, nowMs: number, cells: number): Span | null {
  if (state !== 'stopped' || schedule === undefined || nextStartAt === null) return null
  const wait = age(Math.max(0, nextStartAt - nowMs))
  const text = `next in ${wait}`
  return { text: text.length > cells ? `next ${wait}` : text, role: 'dim' }
}

/** Which instance it is stays, however long the name. */
function labelWithin(worker: WorkerView, cells: number): string {
  const label = workerLabel(worker)
  if (worker.slot === 1 || widthOf(label) <= cells) return label
  const number = ` #${worker.slot}`
  return fit(safe(worker.name), cells - number.length) + number
}

/** `12 %`, `100 %`, `1600%`: five cells for as many cores as a machine has. */
function percentText(percent: number): string {
  return percent < 1000 ? `${percent} %` : `${percent}%`
}

/** `345 ms`, `12 s`, `3 min`. */
function latency(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : age(ms)
}

function rowOf(worker: WorkerView, { status, size }: AppState, nameCells: number): TableRow {
  const nowMs = status.at.wallMs
  const isUp = worker.pid !== null && worker.startedAt !== null
  return {
    id: workerId(worker),
    cells: [
      labelWithin(worker, nameCells),
      nextRun(worker, nowMs, stateCells(size)) ?? stateCell(worker, stateCells(size)),
      worker.pid === null ? '–' : String(worker.pid),
      isUp ? age(nowMs - (worker.startedAt ?? nowMs)) : '–',
      worker.restarts === 0 ? '0' : { text: String(worker.restarts), role: 'warn' },
      beatCell(worker),
      worker.cpuPercent === null ? '–' : percentText(Math.round(worker.cpuPercent)),
      worker.rssBytes === null ? '–' : bytes(worker.rssBytes),
      worker.p95Ms == null ? '–' : latency(worker.p95Ms),
      scoreCell(worker.score ?? null),
      taskCell(tasksOf(worker, status.view).map(({ taskId }) => taskId)),
      safe(workerReason(worker, nowMs)),
    ],
  }
}

/** One beat a run in thirty seconds: two that did not come are worth a look, four are a silence. */
const lateBeatMs = 75_000
const silentMs = 120_000

function beatCell({ heartbeatAgeMs }: WorkerView): Span {
  if (heartbeatAgeMs === null) return '–'
  const text = age(heartbeatAgeMs)
  if (heartbeatAgeMs < lateBeatMs) return text
  return { text, role: heartbeatAgeMs < silentMs ? 'warn' : 'bad' }
}

/** Red below what costs a step of priority, green from what earns one. */
function scoreCell(score: number | null): Span {
  if (score === null) return '–'
  const text = score.toFixed(1)
  if (score < 50) return { text, role: 'bad' }
  return score >= 95 ? { text, role: 'good' } : text
}

function taskCell([first, ...others]: readonly number[]): Span {
  if (first === undefined) return '–'
  const text = others.length === 0 ? String(first) : `${first} +${others.length}`
  return { text, role: 'accent' }
}
