import type { WorkerDefinitionView } from '../contract/workers.ts'
import type { BreakerView } from '../domain/breaker-view.ts'
import type { ResourceLimits } from '../domain/resource-limits.ts'
import type { WorkerView } from '../domain/worker.ts'
import { safe } from './fit.ts'
import { bytes, count, duration, moment } from './format.ts'

type Fact = [name: string, value: string]

/** What there is to tell of an instance beside its state and why it is in it: names and values, safe to show. */
export function instanceFacts(worker: WorkerView, nowMs: number): Fact[] {
  const { pid, startedAt, adopted, nextStartAt, rssBytes, cpuPercent, p95Ms, score } = worker
  const time = (epochMs: number | null) => (epochMs === null ? null : moment(epochMs, nowMs))
  return told([
    ['run by', worker.unit === undefined ? null : `systemd, as ${safe(worker.unit)}`],
    ['pid', pid === null ? null : `${pid}${adopted ? ', adopted from the daemon before' : ''}`],
    ['started', pid === null ? null : time(startedAt)],
    ['ready', readyWords(worker, nowMs)],
    ['next start', time(nextStartAt)],
    ['heartbeat', beatWords(worker)],
    ['memory', rssBytes === null ? null : bytes(rssBytes)],
    ['CPU', cpuPercent === null ? null : `${cpuPercent.toFixed(1)} % of a core`],
    ['restarts', String(worker.restarts)],
    ['last exit', worker.lastExit === null ? null : safe(worker.lastExit)],
    ['p95', p95Ms == null ? null : `${duration(p95Ms)}, of the Jr's last 1,000 successes`],
    ['score', score == null ? null : `${score.toFixed(1)} of 100`],
    ['log', safe(worker.logFile)],
  ])
}

function beatWords({ pid, heartbeatAgeMs }: WorkerView): string | null {
  if (pid === null) return null
  return heartbeatAgeMs === null ? 'none since it started' : `${duration(heartbeatAgeMs)} ago`
}

function readyWords({ ready, readySince, waitsFor }: WorkerView, nowMs: number): string | null {
  if (ready === undefined) return null
  if (ready) return readySince == null ? 'yes' : `since ${moment(readySince, nowMs)}`
  return waitsFor == null ? 'not yet' : `not yet: ${safe(waitsFor)}`
}

/** A worker's circuit breaker that is not closed, in words. */
export function breakerFact(
  { state, reason, count: failures, limit, windowMs, probeAt }: BreakerView,
  nowMs: number,
): Fact {
  const of = limit === 0 ? '' : ` (${failures} of ${limit} failures in ${duration(windowMs)})`
  const probe = probeAt === null ? '' : `; a probe starts ${moment(probeAt, nowMs)}`
  return ['breaker', `${state.replace('_', ' ')}: ${safe(reason)}${of}${probe}`]
}

/** What is configured of a worker. */
export function definitionFacts(definition: WorkerDefinitionView): Fact[] {
  const { command, cwd, user, department, priority, dependsOn, layer, accepts, restart } = definition
  return told([
    ['command', safe(command.map(argument).join(' '))],
    ['folder', safe(cwd)],
    ['account', user === null ? null : safe(user)],
    ['environment', environmentWords(definition)],
    ['department', department === null ? null : safe(department)],
    ['priority', priorityWords(priority)],
    ['instances', definition.schedule === null ? String(definition.instances) : null],
    ['depends on', dependsOn.length === 0 ? null : safe(dependsOn.join(', '))],
    ['layer', layer === null ? null : String(layer)],
    ['ready when', `${safe(definition.ready)}, within ${duration(definition.readyTimeoutMs)}`],
    ['heartbeat', heartbeatWords[definition.heartbeat]],
    ['accepts', accepts === null ? 'every unassigned task' : acceptsWords(accepts)],
    ['restarted', definition.schedule === null ? restart : null],
    ['stopped by', `${definition.stopSignal}, and killed after ${duration(definition.stopGraceMs)}`],
    ['limits', limitWords(definition.limits)],
    ['schedule', scheduleWords(definition.schedule)],
  ])
}

const heartbeatWords: Record<WorkerDefinitionView['heartbeat'], string> = {
  auto: 'once it has beaten it must not fall silent',
  required: 'it must beat',
  none: 'not looked at',
}

function told(facts: readonly [string, string | null][]): Fact[] {
  return facts.filter((fact): fact is Fact => fact[1] !== null)
}

/** As a shell would take it. */
function argument(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}

function environmentWords({ environment: { set, passed, inherit } }: WorkerDefinitionView): string | null {
  const parts = [
    inherit === 'all' ? "all of the daemon's" : '',
    set.length === 0 ? '' : `sets ${set.join(', ')}`,
    passed.length === 0 ? '' : `takes over ${passed.join(', ')}`,
  ].filter((part) => part !== '')
  return parts.length === 0 ? null : safe(parts.join('; '))
}

function priorityWords(priority: number): string {
  if (priority === 1) return '1, critical'
  if (priority === 2) return '2, important'
  return `${priority}, normal: taken out first when memory runs short`
}

function acceptsWords({ tags, when }: NonNullable<WorkerDefinitionView['accepts']>): string {
  const parts = [
    tags === null ? '' : `unassigned tasks tagged ${tags.join(' or ')}`,
    when === null ? '' : `where ${when}`,
  ]
  return safe(parts.filter((part) => part !== '').join(', '))
}

function limitWords(limits: ResourceLimits | null): string {
  if (limits === null) return 'none'
  const { memoryBytes, cpuCores, openFiles, nice } = limits
  const parts = [
    memoryBytes === null ? '' : `${bytes(memoryBytes)} of memory`,
    cpuCores === null ? '' : count(cpuCores, 'core'),
    openFiles === null ? '' : `${openFiles} open files`,
    nice === null ? '' : `nice ${nice}`,
  ].filter((part) => part !== '')
  return parts.length === 0 ? 'none' : parts.join(', ')
}

function scheduleWords(schedule: WorkerDefinitionView['schedule']): string | null {
  if (schedule === null) return null
  const { cron, timezone, timeoutMs, maxConcurrent, overlap, missed, retries } = schedule
  const zone = timezone === null ? '' : ` (${timezone})`
  const limit = timeoutMs === null ? 'no time limit' : `at most ${duration(timeoutMs)}`
  return safe(
    `${cron}${zone}; ${limit}; ${count(maxConcurrent, 'run')} at once, overlap: ${overlap}; missed: ${missed}; ${retries} more tries`,
  )
}
