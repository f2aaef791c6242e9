import type { Snapshot, TaskRef } from '../../domain/cycle/snapshot.ts'
import type { WindowView } from '../../domain/cycle/windows.ts'
import { taskStatuses, type TaskStatus } from '../../domain/task.ts'
import { exitCode, type ExitCode } from '../../errors.ts'
import { prepareWidths, safe } from '../../text/fit.ts'
import { bytes, count, duration, number, percent, timestamp } from '../../text/format.ts'
import type { Cli } from '../command.ts'
import type { Output } from '../output.ts'
import { tableLines, type Column } from '../table.ts'
import { heading, healthLines } from './health-lines.ts'

/** `jrctl orchestrator snapshot` */
export async function snapshot(cli: Cli): Promise<ExitCode> {
  const answer = await (await cli.client()).call('orchestratorSnapshot', {})
  if (cli.options.json) cli.output.json(answer)
  else for (const line of await snapshotLines(answer.snapshot, cli.output)) cli.output.line(line)
  return exitCode.ok
}

/** Exported for its test. */
export async function snapshotLines(seen: Snapshot, output: Output): Promise<string[]> {
  await prepareWidths([
    ...seen.workers.lines.map(({ jrName }) => safe(jrName)),
    ...seen.scheduler.windows.map(({ channel }) => safe(channel)),
    ...seen.campaigns.list.map(({ name }) => safe(name)),
  ])
  const part = (title: string, text: string) => heading(output, title) + text
  const { jobs, scores, ledger, capacity, system } = seen
  return [
    part('Seen', `by ${safe(seen.nodeId)}, ${timestamp(seen.takenAt)}`),
    ...healthLines(system, output),
    part('Jobs', countsText(jobs)),
    part('', waitingText(seen)),
    part('', `${count(jobs.failures1h, 'failure')} within the last hour`),
    ...namedLines('oldest', jobs.oldest, output),
    ...namedLines('retries', jobs.retries, output),
    ...namedLines('dead', jobs.dead, output),
    part('Deliveries', countsText(seen.deliveries)),
    ...channelLines(seen, output),
    ...windowLines(seen.scheduler.windows, seen.takenAt, output),
    ...campaignLines(seen, output),
    part('Scores', scoresText(scores)),
    part('Ledger', `${count(ledger.errors1h, 'error')} within the last hour`),
    part('Workers', workersText(seen)),
    ...lineLines(seen, output),
    part(
      'Capacity',
      `${capacity.mode}, ${number(capacity.ratePerMinute)} ${capacity.unit}s/min, ${count(capacity.positions, 'position')}, ${capacity.waiting} waiting, ${capacity.inFlight} in flight`,
    ),
    part(
      'Daemon',
      `up ${duration(system.uptimeMs)}, ${bytes(system.rssBytes)}, heap at ${percent(system.heapPercent)} of its limit`,
    ),
    ...system.degraded.map((text) => part('', output.style('red', safe(text)))),
  ]
}

function countsText(counts: Record<TaskStatus, number>): string {
  const parts = taskStatuses
    .filter((status) => counts[status] > 0)
    .map((status) => `${counts[status]} ${status.replace('_', ' ')}`)
  return parts.length === 0 ? 'none' : parts.join(' · ')
}

function waitingText({ jobs }: Snapshot): string {
  const oldest = jobs.oldestWaitingMs === null ? '' : `, the oldest for ${duration(jobs.oldestWaitingMs)}`
  return `${count(jobs.waiting, 'task')} ready for a worker${oldest}`
}

const namedMax = 5

/** Who is next in turn for an action; the cycle leaves alone whom it acted upon lately. */
function namedLines(title: string, tasks: readonly TaskRef[], output: Output): string[] {
  if (tasks.length === 0) return []
  const named = tasks.slice(0, namedMax).map(({ id, ageMs }) => `${id} (${duration(ageMs)})`)
  const more = tasks.length > namedMax ? ` and ${tasks.length - namedMax} more` : ''
  return [`${heading(output, '')}${title}: ${named.join(', ')}${more}`]
}

const channelsShown = 10

/** The fullest first; anybody may write a channel of their own, and a screen has an end. */
function channelLines({ deliveries: { byChannel } }: Snapshot, output: Output): string[] {
  const fullest = byChannel.toSorted((one, other) => other.waiting - one.waiting)
  const more = fullest.length - channelsShown
  return [
    ...fullest.slice(0, channelsShown).map(({ channel, waiting }) => `${safe(channel)}: ${waiting} waiting`),
    ...(more > 0 ? [`and ${more} more channels, which --json tells`] : []),
  ].map((text) => heading(output, '') + text)
}

function windowLines(windows: readonly WindowView[], nowMs: number, output: Output): string[] {
  return windows.map((window, index) => {
    const { channel, isOpen, strict, closingSoon } = window
    const state = isOpen
      ? output.style(closingSoon ? 'yellow' : 'green', 'open')
      : output.style('dim', 'closed')
    return `${heading(output, index === 0 ? 'Windows' : '')}${safe(channel)} ${state}${untilText(window, nowMs)}${strict ? ', strict' : ''}`
  })
}

function untilText({ isOpen, opensAt, closesAt }: WindowView, nowMs: number): string {
  if (isOpen)
    return closesAt === null
      ? ', always'
      : `, closes in ${duration(closesAt - nowMs)} (${timestamp(closesAt)})`
  return opensAt === null
    ? ', and never opens'
    : `, opens in ${duration(opensAt - nowMs)} (${timestamp(opensAt)})`
}

function campaignLines({ campaigns }: Snapshot, output: Output): string[] {
  if (campaigns.active === 0) return [`${heading(output, 'Campaigns')}none is active`]
  return campaigns.list.map(
    ({ name, budget, waiting }, index) =>
      `${heading(output, index === 0 ? 'Campaigns' : '')}${safe(name)}: budget ${number(budget)}, ${waiting} waiting`,
  )
}

function scoresText({ tasks, average, high }: Snapshot['scores']): string {
  if (average === null) return 'no task of the last 24 h has one'
  return `${count(tasks, 'task')} of the last 24 h, average ${number(average)}, ${high} above 80`
}

function workersText({ workers }: Snapshot): string {
  const states = Object.entries(workers.byState)
    .filter(([, instances]) => instances > 0)
    .map(([state, instances]) => `${instances} ${state.replaceAll('_', ' ')}`)
  return `${count(workers.onlineJrs, 'Jr')} online; here: ${states.length === 0 ? 'none' : states.join(', ')}`
}

const lineColumns: Column[] = [
  { title: 'LINE', flexible: true },
  { title: '' },
  { title: 'AT WORK', align: 'right' },
  { title: 'WAITING', align: 'right' },
]
const linesShown = 10

function lineLines({ workers: { lines } }: Snapshot, output: Output): string[] {
  const shown = lines.filter(({ waiting }) => waiting > 0).slice(0, linesShown)
  if (shown.length === 0) return []
  const rows = shown.map(({ jrName, online, load, waiting }) => [
    jrName === '' ? "(nobody's)" : safe(jrName),
    jrName === '' ? '' : online ? 'online' : { text: 'offline', style: 'yellow' as const },
    jrName === '' ? '' : String(load),
    String(waiting),
  ])
  return tableLines(lineColumns, rows, output, headingIndent)
}

const headingIndent = 12
