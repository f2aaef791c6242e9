import type { StatusView } from '../../../src/contract/views.ts'
import { safe } from '../../../src/text/fit.ts'
import { count } from '../../../src/text/format.ts'
import { wrap } from '../../../src/text/wrap.ts'
import type { Line } from '../../line.ts'

const indent = '  '

/** Below, words are worth more than air. */
const airyRows = 8

/** Instead of positions, in so many rows: why nobody works, as far as that is known, and what to do next. */
export function idleLines(status: StatusView, columns: number, rows: number): Line[] {
  const [next, command] = nextStep(status)
  const air: Line[] = rows < airyRows ? [] : [[]]
  const words = wrap(next, columns - indent.length).map((text): Line => [indent + text])
  const typed: Line[] = command === '' ? [] : wrap(command, columns - 2 * indent.length).map(typedLine)
  return [...air, [`${indent}No task is in progress.`], ...air, ...words, ...typed]
}

function typedLine(text: string): Line {
  return [indent + indent, { text, role: 'key' }]
}

function nextStep({ queue, workers, positions, database }: StatusView): [next: string, command: string] {
  const { pending, assigned } = queue.byStatus
  const waiting = pending + assigned
  const running = workers.filter(({ state }) => state === 'running').length
  if (database.state === 'down') return ['The database is down; tasks are claimed again when it is back.', '']
  if (waiting > 0 && workers.length === 0 && positions.length === 0)
    return [`${count(waiting, 'task')} wait for a worker, and none is configured here:`, 'jrctl config check']
  if (waiting > 0 && running === 0)
    return [`${count(waiting, 'task')} wait, and no worker runs:`, 'jrctl workers list']
  if (waiting > 0)
    return [`${count(waiting, 'task')} wait; what keeps one of them is told by:`, 'jrctl why ID']
  const [first] = workers
  const jr = first === undefined ? '' : ` --assign '${safe(first.name)}'`
  return ['Nothing waits either. Give the fleet something to do:', `jrctl tasks add 'A title'${jr}`]
}
