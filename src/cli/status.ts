import type { PositionView, StatusView } from '../contract/views.ts'
import type { TaskStatus } from '../domain/task.ts'
import type { WorkerView } from '../domain/worker.ts'
import { exitCode, type ExitCode } from '../errors.ts'
import type { Cli } from './command.ts'
import { bar, bytes, count, duration, number, percent } from '../text/format.ts'
import { apiLines } from './api-lines.ts'
import { breakerLines } from './breaker-lines.ts'
import { capacityLines } from './capacity-lines.ts'
import { fleetLines } from './fleet-lines.ts'
import { gatewayLines } from './gateway-lines.ts'
import { orchestratorLines } from './orchestrator-lines.ts'
import type { Output } from './output.ts'
import { type CellText, type Column, tableLines } from './table.ts'
import { fit, prepareWidths, safe } from '../text/fit.ts'
import { waitText } from '../text/wait.ts'
import { workerReason } from '../text/worker-reason.ts'
import { stateStyle } from './worker-style.ts'

/** `jrctl status`: one calm screen. It takes no options of its own, so it loads no parser unless it is given some. */
export async function run(cli: Cli): Promise<ExitCode> {
  if (cli.args.length > 0 && !(await (await import('./status-options.ts')).acceptStatusOptions(cli)))
    return exitCode.ok
  const status = await (await cli.client()).call('status', {})
  if (cli.options.json) cli.output.json(status)
  else for (const line of await statusLines(status, cli.output, cli.clock.wallMs())) cli.output.line(line)
  return exitCode.ok
}

/** The screen as lines. */
export async function statusLines(status: StatusView, output: Output, nowMs: number): Promise<string[]> {
  await prepareWidths([
    ...status.positions.map(({ title }) => safe(title)),
    ...status.workers.map(({ name }) => safe(name)),
    ...(status.cluster?.nodes ?? []).map(({ nodeId }) => safe(nodeId)),
  ])
  return [
    ...headLines(status, output, nowMs),
    '',
    ...positionLines(status.positions, output, nowMs),
    '',
    ...workerLines(status.workers, output, nowMs),
  ]
}

function headLines(status: StatusView, output: Output, nowMs: number): string[] {
  const { daemon, database, queue, queueAgeMs, version, cluster, breaker, degraded = [] } = status
  const up = database.state === 'up'
  const heading = (text: string) => output.style('bold', text.padEnd(10))
  const databaseParts = [
    output.style(up ? 'green' : 'red', up ? 'up' : 'down'),
    safe(database.target),
    ...(up && !database.listening ? [output.style('yellow', 'not listening, polling')] : []),
    ...(up || !database.lastError ? [] : [safe(database.lastError)]),
  ]
  const daemonParts = [
    output.style(daemon.phase === 'running' ? 'green' : 'yellow', safe(daemon.phase)),
    `pid ${daemon.pid}`,
    `up ${duration(daemon.uptimeMs)}`,
    bytes(daemon.rssBytes),
    `jrctl ${safe(version)}`,
  ]
  return [
    heading('Daemon') + daemonParts.join(' · '),
    heading('Database') + databaseParts.join(' · '),
    ...(up ? [] : [`${heading('')}what to do about it: jrctl doctor`]),
    heading('Queue') + queueLine(queue.byStatus, output),
    ...ageLines(queueAgeMs, heading('')),
    ...waitLines(queue, heading('')),
    ...capacityLines(status.capacity, heading('Capacity'), output),
    ...gatewayLines(status.gateway, heading('Gateway'), output),
    ...apiLines(status.api, heading('API'), output),
    ...breakerLines(breaker, heading('Breaker'), output),
    ...degraded.map((text) => heading('Degraded') + output.style('red', safe(text))),
    ...(cluster === undefined ? [] : fleetLines(cluster, daemon.nodeId, output, nowMs)),
    ...orchestratorLines(status.orchestrator, heading('Cycle'), output, nowMs),
  ]
}

/** Counts younger than this are as good as now. */
const ageShownMs = 5000

function ageLines(queueAgeMs: number, heading: string): string[] {
  return queueAgeMs < ageShownMs ? [] : [`${heading}as it was ${duration(queueAgeMs)} ago`]
}

/** Below a second nobody waits. */
const waitShownMs = 1000

function waitLines({ oldestReadyMs }: StatusView['queue'], heading: string): string[] {
  if (oldestReadyMs === null || oldestReadyMs < waitShownMs) return []
  return [`${heading}oldest ready task waits ${duration(oldestReadyMs)}`]
}

const statusStyle: Partial<Record<TaskStatus, 'green' | 'red' | 'yellow' | 'cyan'>> = {
  in_progress: 'cyan',
  completed: 'green',
  failed: 'red',
  retry: 'yellow',
}

function queueLine(byStatus: Record<TaskStatus, number>, output: Output): string {
  const parts = (Object.entries(byStatus) as [TaskStatus, number][])
    .filter(([, tasks]) => tasks > 0)
    .map(([status, tasks]) => {
      const text = `${tasks} ${status.replace('_', ' ')}`
      const style = statusStyle[status]
      return style ? output.style(style, text) : text
    })
  return parts.length === 0 ? 'empty' : parts.join(' · ')
}

/** @param isWaiting on most screens nobody waits, and then there is more room for titles */
function positionColumns(isWaiting: boolean): Column[] {
  return [
    { title: '#', align: 'right' },
    { title: 'SHARE' },
    { title: '', align: 'right' },
    { title: 'TOKENS', align: 'right', fromColumns: 90 },
    { title: 'RATE', align: 'right', fromColumns: 104 },
    { title: 'LENT', align: 'right', fromColumns: 112 },
    { title: 'WAITS', align: 'right', fromColumns: isWaiting ? 0 : Number.POSITIVE_INFINITY },
    { title: 'TASK', align: 'right' },
    { title: 'TITLE', flexible: true },
    { title: 'WORKER' },
    { title: 'DONE', align: 'right' },
    { title: 'FOR', align: 'right', fromColumns: 96 },
  ]
}

/** Cells of the bar of the whole capacity's half, which position 1 holds. */
const barCells = 10
/** Positions shown on one screen; the tail is counted. */
const positionsShown = 12

function positionLines(positions: readonly PositionView[], output: Output, nowMs: number): string[] {
  if (positions.length === 0) return [`${output.style('bold', 'Positions')}  no task is in progress`]
  const widest = Math.max(...positions.map(({ capacityPct }) => capacityPct))
  const rows = positions.slice(0, positionsShown).map((position) => positionRow(position, widest, nowMs))
  const rest = positions.length - rows.length
  const isWaiting = positions.some(({ waiting = 0 }) => waiting > 0)
  return [
    output.style('bold', 'Positions'),
    ...tableLines(positionColumns(isWaiting), rows, output),
    ...(rest > 0 ? [`  … and ${rest} more`] : []),
  ]
}

/** What all share is told once, in the head; beside each it would look like what each has. */
function tokensCell({ bucket, tokens }: PositionView): CellText {
  if (bucket === 'elsewhere') return '–'
  return bucket === 'common' ? { text: number(tokens), style: 'dim' } : number(tokens)
}

function positionRow(position: PositionView, widest: number, nowMs: number): CellText[] {
  return [
    String(position.position),
    {
      text: bar(position.capacityPct / Math.max(widest, 1), barCells),
      style: position.urgent ? 'red' : 'cyan',
    },
    percent(position.capacityPct),
    tokensCell(position),
    `${number(position.ratePerMinute)}/min`,
    position.bucket === 'common' && position.lent !== undefined ? number(position.lent) : '–',
    waitText(position),
    String(position.taskId),
    `${position.urgent ? '! ' : ''}${safe(position.title)}`,
    safe(position.worker),
    `${position.progressPercent} %`,
    duration(nowMs - position.startedAt),
  ]
}

const workerColumns: Column[] = [
  { title: 'WORKER' },
  { title: 'STATE' },
  { title: 'PID', align: 'right' },
  { title: 'UP', align: 'right' },
  { title: 'RESTARTS', align: 'right' },
  { title: 'MEMORY', align: 'right' },
]

function workerLines(workers: readonly WorkerView[], output: Output, nowMs: number): string[] {
  if (workers.length === 0) return [`${output.style('bold', 'Workers')}  none is configured`]
  const rows = workers.map((worker) => workerRow(worker, nowMs))
  const idle = workers.filter(({ state }) => state !== 'running')
  const reasons = idle.map((worker) =>
    fit(`  ${label(worker)}: ${safe(workerReason(worker, nowMs))}`, output.columns),
  )
  const residents = workers.filter(({ schedule }) => schedule === undefined)
  const running = residents.filter(({ state }) => state === 'running').length
  const scheduled = new Set(workers.filter(({ schedule }) => schedule !== undefined).map(({ name }) => name))
    .size
  const others = scheduled === 0 ? '' : `, ${scheduled} scheduled`
  return [
    `${output.style('bold', 'Workers')}  ${running} of ${count(residents.length, 'instance')} running${others}`,
    ...tableLines(workerColumns, rows, output),
    ...reasons.map((reason) => output.style('dim', reason)),
  ]
}

function workerRow(worker: WorkerView, nowMs: number): CellText[] {
  const alive = worker.state === 'running' || worker.state === 'stopping'
  return [
    label(worker),
    { text: worker.state, style: stateStyle(worker.state) },
    worker.pid === null ? '–' : String(worker.pid),
    alive && worker.startedAt !== null ? duration(nowMs - worker.startedAt) : '–',
    String(worker.restarts),
    worker.rssBytes === null ? '–' : bytes(worker.rssBytes),
  ]
}

function label({ name, slot }: WorkerView): string {
  return slot > 1 ? `${safe(name)} #${slot}` : safe(name)
}
