import type { TaskStatus } from '../../src/domain/task.ts'
import { duration } from '../../src/text/format.ts'
import { type Line, type Role, type Span, whole } from '../line.ts'
import type { AppState } from '../state.ts'
import { heading, headingCells, lateMs } from './heading.ts'

/** Below a second nobody waits. */
const waitShownMs = 1000

/** In the order in which they are told: what may be left out where there is no room comes last. */
const shown: [status: TaskStatus, role: Role | null][] = [
  ['in_progress', 'accent'],
  ['pending', null],
  ['failed', 'bad'],
  ['retry', 'warn'],
  ['assigned', null],
  ['scheduled', null],
  ['completed', 'good'],
  ['cancelled', 'dim'],
]

/** How much lies in the queue, and for how long. */
export function queueLine(state: AppState): Line {
  return [heading('Queue'), ...whole(queueFacts(state), ' · ', state.size.columns - headingCells)]
}

/** The most important first; some may be empty. */
export function queueFacts({ status }: AppState): Span[] {
  const { queue, queueAgeMs } = status.view
  const { byStatus, oldestReadyMs } = queue
  const [first, second, ...others] = shown.flatMap(([name, role]): Span[] => {
    const tasks = byStatus[name]
    if (tasks === 0) return []
    const text = `${tasks} ${name.replace('_', ' ')}`
    return [role ? { text, role } : text]
  })
  const waits =
    oldestReadyMs !== null && oldestReadyMs >= waitShownMs ? `oldest waits ${duration(oldestReadyMs)}` : ''
  // While the database is away, the counts are the last that were seen.
  const asOf: Span = queueAgeMs > lateMs ? { text: `${duration(queueAgeMs)} ago`, role: 'warn' } : ''
  return [asOf, first ?? 'empty', second ?? '', waits, ...others]
}
