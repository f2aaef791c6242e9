import type { TaskDetailView } from '../../../src/contract/outputs.ts'
import { sanitize } from '../../../src/domain/sanitize.ts'
import type { Attempt, Task } from '../../../src/domain/task.ts'
import { fit, safe, widthOf } from '../../../src/text/fit.ts'
import { duration, timestamp } from '../../../src/text/format.ts'
import type { Line } from '../../line.ts'

/** Of a description or a result so much is shown; the whole of it is in `jrctl tasks show`. */
const charactersMax = 20_000
const labelCells = 12

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

function field(label: string, text: string, columns: number): Line[] {
  const room = Math.max(10, columns - labelCells)
  const clean = sanitize(text, { multiline: true, lengthMax: charactersMax }).replaceAll('\t', '  ')
  const lines = clean.split('\n').flatMap((line) => wrapped(line, room))
  return lines.map((line, index) => [
    { text: (index === 0 ? label : '').padEnd(labelCells), role: 'dim' },
    line,
  ])
}

/** Cut into pieces of at most `cells`, at a space where there is one near. */
function wrapped(text: string, cells: number): string[] {
  const pieces: string[] = []
  let rest = text
  while (widthOf(rest) > cells) {
    const piece = fit(rest, cells + 1).slice(0, -1)
    const space = piece.lastIndexOf(' ')
    const end = space > piece.length / 2 ? space + 1 : Math.max(1, piece.length)
    pieces.push(rest.slice(0, end).trimEnd())
    rest = rest.slice(end)
  }
  return [...pieces, rest]
}
