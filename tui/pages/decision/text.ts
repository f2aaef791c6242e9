import type { DecisionRecord } from '../../../src/domain/cycle/decision.ts'
import { decisionLines } from '../../../src/text/decision-words.ts'
import { safe } from '../../../src/text/fit.ts'
import { duration, moment } from '../../../src/text/format.ts'
import type { Line, Role, Span } from '../../line.ts'
import { outcomeSentence, stateSentence } from '../../screens/decisions/words.ts'
import { field, labelCells } from '../field.ts'
import type { ShownDecision } from './state.ts'

/** The page as lines of at most `columns` cells. */
export function decisionText(
  record: DecisionRecord,
  { tasks, chosen }: Pick<ShownDecision, 'tasks' | 'chosen'>,
  { columns, nowMs }: { columns: number; nowMs: number },
): Line[] {
  const { decision, decidedAt, settledAt, result, error, nodeId } = record
  const put = (label: string, text: string, role?: Role) => field(label, text, columns, role)
  const took = settledAt === null ? '' : `, settled within ${duration(Math.max(0, settledAt - decidedAt))}`
  return [
    ...put('Decision', `${decision.id}${nodeId === undefined ? '' : `, by the cycle on ${safe(nodeId)}`}`),
    ...put('Rule', `${decision.rule}, priority ${decision.priority}`),
    ...put('When', `${moment(decidedAt, nowMs)}${took}`),
    ...put('Why', decision.reason),
    [],
    ...decisionLines(decision).flatMap((line, index) => put(index > 0 ? '' : wishLabel(record), line)),
    ...put('State', stateSentence(record), record.state === 'failed' ? 'bad' : undefined),
    ...(result === null ? [] : put('Result', result.note)),
    ...(error === null ? [] : put('Error', error, 'bad')),
    ...put('Helped', outcomeSentence(record, nowMs)),
    ...(tasks.length === 0 ? [] : [[], ...taskLines(tasks.map(String), chosen, columns)]),
  ]
}

function wishLabel({ state }: DecisionRecord): string {
  return state === 'observed' ? 'Would do' : 'What'
}

/** The tasks that it names, as many a line as fit, the chosen one marked. */
function taskLines(tasks: readonly string[], chosen: number, columns: number): Line[] {
  const cells = Math.max(...tasks.map((task) => task.length)) + 4
  const perLine = Math.max(1, Math.floor((columns - labelCells) / cells))
  const lines: Line[] = []
  for (let from = 0; from < tasks.length; from += perLine) {
    const label: Span = { text: (from === 0 ? 'Tasks' : '').padEnd(labelCells), role: 'dim' }
    const named = tasks.slice(from, from + perLine)
    lines.push([label, ...named.map((task, index) => taskSpan(task, from + index === chosen, cells))])
  }
  return lines
}

function taskSpan(task: string, isChosen: boolean, cells: number): Span {
  return isChosen ? { text: `›#${task}`.padEnd(cells), role: 'accent' } : ` #${task}`.padEnd(cells)
}
