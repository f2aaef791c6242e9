import type { TaskDetailView } from '../../contract/outputs.ts'
import type { TaskId } from '../../domain/ids.ts'
import type { Task } from '../../domain/task.ts'
import { sanitize } from '../../domain/sanitize.ts'
import { exitCode, type ExitCode } from '../../errors.ts'
import type { Cli } from '../command.ts'
import { duration, moment } from '../../text/format.ts'
import type { Output } from '../output.ts'
import { safe } from '../../text/fit.ts'
import { attemptLines } from './attempts.ts'
import { taskStyle } from './task-style.ts'

export async function show(cli: Cli, id: TaskId): Promise<ExitCode> {
  const detail = await (await cli.client()).call('getTask', { id })
  if (cli.options.json) cli.output.json(detail)
  else for (const line of taskLines(detail, cli.output, cli.clock.wallMs())) cli.output.line(line)
  return exitCode.ok
}

/** The report of a task, for a person. */
export function taskLines(
  { task, attempts, finishedBy, campaignName }: TaskDetailView,
  output: Output,
  nowMs: number,
): string[] {
  const label = (text: string) => output.style('dim', text.padEnd(12))
  const facts = factsOf(task, finishedBy ?? null, campaignName ?? null, nowMs).map(
    ([name, value]) => `  ${label(name)}${value}`,
  )
  return [
    output.style('bold', `Task ${task.id}  ${safe(task.title)}`),
    `  ${label('status')}${output.style(taskStyle(task.status), task.status)}${statusMore(task)}`,
    ...facts,
    ...section(output, 'Description', task.description),
    ...section(output, isWaiting(task) ? 'Came back' : 'Error', task.error),
    ...section(output, 'Result', task.result === null ? null : resultText(task.result)),
    ...attemptLines(attempts, output, nowMs),
  ]
}

function statusMore(task: Task): string {
  if (task.status !== 'in_progress') return task.urgent ? '  (urgent)' : ''
  const note = task.progressNote === null ? '' : `, ${safe(task.progressNote)}`
  return `  ${task.progressPercent} %${note}${task.urgent ? '  (urgent)' : ''}`
}

/** Its error is why it is not done yet. */
function isWaiting({ status }: Task): boolean {
  return status === 'pending' || status === 'assigned'
}

function factsOf(
  task: Task,
  finishedBy: string | null,
  campaignName: string | null,
  nowMs: number,
): [string, string][] {
  const time = (epochMs: number | null) => (epochMs === null ? null : moment(epochMs, nowMs))
  const facts: [string, string | null][] = [
    ['Jr', task.assignedJr === null ? 'none yet' : safe(task.assignedJr)],
    ['priority', `${task.priority} (lower first), sacred fire ${task.sacredFirePriority}`],
    ['tries', tries(task)],
    ['source', `${safe(task.source)}, by ${safe(task.createdBy)}`],
    ['urgent', task.urgent && task.urgentAt !== null ? `since ${time(task.urgentAt)}${byWhom(task)}` : null],
    ['channel', task.channel === null ? null : safe(task.channel)],
    ['score', task.score === null ? null : String(task.score)],
    ['campaign', task.campaignId === null ? null : campaignWords(task.campaignId, campaignName)],
    ['tags', task.tags.length === 0 ? null : task.tags.map((tag) => safe(tag)).join(', ')],
    ['created', time(task.createdAt)],
    ['not before', time(task.scheduledAt)],
    ['started', time(task.startedAt)],
    ['ended', endOf(task, finishedBy, nowMs)],
    ['took', tookOf(task)],
  ]
  return facts.filter((fact): fact is [string, string] => fact[1] !== null)
}

function campaignWords(id: number, name: string | null): string {
  return name === null ? String(id) : `${safe(name)} (${id})`
}

function endOf({ completedAt }: Task, finishedBy: string | null, nowMs: number): string | null {
  if (completedAt === null) return finishedBy === null ? null : `by ${safe(finishedBy)}`
  return `${moment(completedAt, nowMs)}${finishedBy === null ? '' : `, by ${safe(finishedBy)}`}`
}

function byWhom(task: Task): string {
  return task.urgentBy === null ? '' : `, by ${safe(task.urgentBy)}`
}

function tookOf({ startedAt, completedAt }: Task): string | null {
  return startedAt === null || completedAt === null ? null : duration(completedAt - startedAt)
}

/** A result is shown whole up to here; `--json` has it all. */
const shownCharacters = 20_000

function resultText(result: Task['result']): string {
  return typeof result === 'string' ? result : JSON.stringify(result, null, 2)
}

function section(output: Output, title: string, text: string | null): string[] {
  if (text === null || text.trim() === '') return []
  const lines = sanitize(text, { multiline: true, lengthMax: shownCharacters }).split('\n')
  return ['', output.style('bold', title), ...lines.map((line) => `  ${line}`)]
}

/** A program that claims by the legacy SQL counts nothing. */
function tries({ attempts, maxAttempts, startedAt }: Task): string {
  return attempts === 0 && startedAt !== null
    ? 'not counted (claimed by other SQL)'
    : `${attempts} of ${maxAttempts}`
}
