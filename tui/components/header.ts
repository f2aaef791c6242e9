import { bytes, duration } from '../../src/text/format.ts'
import { safe } from '../../src/text/fit.ts'
import type { TaskStatus } from '../../src/domain/task.ts'
import { cut, joined, type Line, lineWidth, type Role, type Span } from '../line.ts'
import type { AppState } from '../state.ts'

/** Older than this, data is late: it comes once a second. */
const lateMs = 5000
const freshMs = 2000
/** Below a second nobody waits. */
const waitShownMs = 1000

/** Daemon, database, queue; and how old all of it is, always. */
export function headerLines(state: AppState): Line[] {
  const { columns } = state.size
  const dated = ageOfData(state)
  const room = columns - lineWidth([dated]) - 2
  return [
    [...padded(cut(daemonLine(state), room), room), '  ', dated],
    cut(databaseLine(state), columns),
    cut(queueLine(state), columns),
  ]
}

function ageOfData({ now, status }: AppState): Span {
  const ageMs = Math.max(0, now.monotonicMs - status.at.monotonicMs)
  // Between two answers the age is a second or none: to tell them apart would draw twice a second for nothing.
  const text = ageMs < freshMs ? `data < ${duration(freshMs)} old` : `data ${duration(ageMs)} old`
  return { text, role: ageMs > lateMs ? 'warn' : 'dim' }
}

function daemonLine(state: AppState): Line {
  if (state.link.kind === 'away') return awayLine(state.link.retryAtMs - state.now.monotonicMs)
  const { daemon, version } = state.status.view
  return [
    heading('Daemon'),
    ...joined(
      [
        { text: safe(daemon.phase), role: daemon.phase === 'running' ? 'good' : 'warn' },
        `pid ${daemon.pid}`,
        `up ${duration(daemon.uptimeMs)}`,
        bytes(daemon.rssBytes),
        `jrctl ${safe(version)}`,
      ],
      ' · ',
    ),
  ]
}

function awayLine(waitMs: number): Line {
  const next = waitMs >= 1000 ? `trying again in ${duration(waitMs)}` : 'trying again'
  return [heading('Daemon'), { text: 'away', role: 'bad' }, ` · ${next} · below is its last state`]
}

function databaseLine({ status }: AppState): Line {
  const { state, target, listening, lastError } = status.view.database
  const up = state === 'up'
  return [
    heading('Database'),
    ...joined(
      [
        { text: up ? 'up' : 'down', role: up ? 'good' : 'bad' },
        safe(target),
        { text: up && !listening ? 'not listening, polling' : '', role: 'warn' },
        up ? '' : safe(lastError),
      ],
      ' · ',
    ),
  ]
}

const statusRoles: Partial<Record<TaskStatus, Role>> = {
  in_progress: 'accent',
  completed: 'good',
  failed: 'bad',
  retry: 'warn',
}

function queueLine({ status }: AppState): Line {
  const { queue, queueAgeMs } = status.view
  const { byStatus, oldestReadyMs } = queue
  const counts = (Object.entries(byStatus) as [TaskStatus, number][])
    .filter(([, tasks]) => tasks > 0)
    .map(([name, tasks]): Span => {
      const text = `${tasks} ${name.replace('_', ' ')}`
      const role = statusRoles[name]
      return role ? { text, role } : text
    })
  if (counts.length === 0) counts.push('empty')
  // Before the counts, the last of which (what is done) is the one that may be cut.
  if (oldestReadyMs !== null && oldestReadyMs >= waitShownMs)
    counts.unshift(`oldest waits ${duration(oldestReadyMs)}`)
  // While the database is away, the counts are the last that were seen.
  if (queueAgeMs > lateMs) counts.unshift({ text: `as of ${duration(queueAgeMs)} ago`, role: 'warn' })
  return [heading('Queue'), ...joined(counts, ' · ')]
}

function heading(text: string): Span {
  return { text: text.padEnd(10), role: 'title' }
}

function padded(line: Line, cells: number): Line {
  return [...line, ' '.repeat(Math.max(0, cells - lineWidth(line)))]
}
