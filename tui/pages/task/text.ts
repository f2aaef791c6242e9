import type { TaskDetailView } from '../../../src/contract/outputs.ts'
import type { Attempt, Task } from '../../../src/domain/task.ts'
import { safe } from '../../../src/text/fit.ts'
import { duration, timestamp } from '../../../src/text/format.ts'
import type { Line } from '../../line.ts'
import { field } from '../field.ts'

/** The page as lines of at most `columns` cells. */
export function taskText({ task, attempts }: TaskDetailView, columns: number): Line[] {
  return [
    ...field('Task', `${task.id} ${safe(task.title)}`, columns),
    ...field('Status', statusText(task), columns),
    ...field('Jr', task.assignedJr === null ? 'none' : safe(task.assignedJr), columns),
    ...field('Priority', priorityText(task), columns),
    ...field(
      'Created',
      `${timestamp(task.createdAt)} by ${safe(task.createdBy)} (${safe(task.source)})`,
      columns,
    ),
    ...optional('Started', task.startedAt, columns),
    ...optional('Completed', task.completedAt, columns),
    ...optional('Scheduled', task.scheduledAt, columns),
    ...(task.tags.length === 0 ? [] : field('Tags', safe(task.tags.join(', ')), columns)),
    ...(task.error === null ? [] : field('Error', task.error, columns)),
    ...(task.description === '' ? [] : ['', ...field('Description', task.description, columns)].map(asLine)),
    ...(task.result === null ? [] : field('Result', JSON.stringify(task.result, null, 2), columns)),
    ...attempts.flatMap((attempt, index) =>
      field(index === 0 ? 'Attempts' : '', attemptText(attempt), columns),
    ),
  ]
}

function asLine(line: Line | string): Line {
  return typeof line === 'string' ? [line] : line
}

function statusText({ status, progressPercent, progressNote, attempts, maxAttempts }: Task): string {
  const note = progressNote === null ? '' : ` · ${safe(progressNote)}`
  return `${status} · ${progressPercent} % · attempt ${attempts} of ${maxAttempts}${note}`
}

function priorityText({ priority, sacredFirePriority, urgent, urgentBy }: Task): string {
  const by = urgentBy === null ? '' : ` by ${safe(urgentBy)}`
  return `${priority} · sacred fire ${sacredFirePriority}${urgent ? ` · urgent${by}` : ''}`
}

function attemptText({ attempt, jrName, startedAt, endedAt, outcome, error }: Attempt): string {
  const took = endedAt === null ? 'running' : `${outcome ?? 'ended'} after ${duration(endedAt - startedAt)}`
  return `${attempt} · ${safe(jrName)} · ${timestamp(startedAt)} · ${took}${error === null ? '' : ` · ${safe(error)}`}`
}

function optional(label: string, epochMs: number | null, columns: number): Line[] {
  return epochMs === null ? [] : field(label, timestamp(epochMs), columns)
}
