import type { Task } from '../domain/task.ts'
import { safe } from './fit.ts'
import { duration, moment } from './format.ts'

/** What there is to tell of a task beside its texts: names and values, safe to show. */
export function taskFacts(
  task: Task,
  { finishedBy, campaignName }: { finishedBy: string | null; campaignName: string | null },
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

/** What stands behind its status: how far it is, and that it is urgent. */
export function statusMore({ status, progressNote, progressPercent, urgent }: Task): string {
  if (status !== 'in_progress') return urgent ? '  (urgent)' : ''
  const note = progressNote === null ? '' : `, ${safe(progressNote)}`
  return `  ${progressPercent} %${note}${urgent ? '  (urgent)' : ''}`
}

/** What its error is called: of a task that waits it is why it is not done yet. */
export function errorTitle({ status }: Task): string {
  return status === 'pending' || status === 'assigned' ? 'Came back' : 'Error'
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

function tries(task: Task): string {
  return areTriesCounted(task)
    ? `${task.attempts} of ${task.maxAttempts}`
    : 'not counted (claimed by other SQL)'
}

/** For a column: `1/4`, or `–` where they are not counted. */
export function shortTries(task: Pick<Task, 'attempts' | 'maxAttempts' | 'startedAt'>): string {
  return areTriesCounted(task) ? `${task.attempts}/${task.maxAttempts}` : '–'
}

/** A program that claims by the legacy SQL counts nothing. */
function areTriesCounted({ attempts, startedAt }: Pick<Task, 'attempts' | 'startedAt'>): boolean {
  return attempts > 0 || startedAt === null
}
