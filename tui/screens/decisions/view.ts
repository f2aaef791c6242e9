import { type DecisionRecord, type Outcome, tasksOf } from '../../../src/domain/cycle/decision.ts'
import { safe } from '../../../src/text/fit.ts'
import { age } from '../../../src/text/format.ts'
import {
  type Column,
  type TableRow,
  noneLike,
  said,
  tableLines,
  wideColumns,
} from '../../components/table.ts'
import type { Line, Role, Span } from '../../line.ts'
import { listHeight } from '../../list-height.ts'
import type { AppState, Size } from '../../state.ts'
import { panelLines } from './panel.ts'
import { shownDecisions, stateWord } from './state.ts'
import { asking } from '../../components/asking.ts'

const columnsFor = ({ columns }: Size): Column[] => [
  { title: 'AGO', width: 6, align: 'right' },
  { title: 'RULE', width: 24, ...(columns < wideColumns ? { flexible: true } : {}) },
  { title: 'ACTION', width: 22, fromColumns: 64 },
  { title: 'TASKS', width: 5, align: 'right', fromColumns: 50 },
  { title: 'STATE', width: 8 },
  { title: 'HELPED', width: 8, fromColumns: 56 },
  { title: 'WHY', width: 0, flexible: true, fromColumns: wideColumns },
  { title: 'NODE', width: 16, fromColumns: 140 },
]

const stateRoles: Record<DecisionRecord['state'], Role> = {
  executed: 'good',
  failed: 'bad',
  intended: 'warn',
  observed: 'accent',
}

/** Whether the condition that made the rule fire was gone later on. */
const outcomeWords: Record<Outcome, Span> = {
  cleared: { text: 'yes', role: 'good' },
  persists: { text: 'not yet', role: 'warn' },
  unknown: { text: 'unknown', role: 'dim' },
}

export function stateSpan(record: DecisionRecord): Span {
  return { text: stateWord(record), role: stateRoles[record.state] }
}

export function outcomeSpan({ outcome }: DecisionRecord): Span {
  return outcome === null ? '–' : outcomeWords[outcome]
}

export function decisionLines(state: AppState): Line[] {
  return [...panelLines(state), ...listed(state)]
}

function listed(state: AppState): Line[] {
  const records = shownDecisions(state)
  if (records === null) return [[`  ${asking(state)}`]]
  if (records.length === 0)
    return state.arrangements.decisions.filter === ''
      ? said('Nothing was decided yet. d shows what would be decided now.', state.size)
      : noneLike(state)
  return tableLines(columnsFor(state.size), records, (record) => rowOf(record, state.status.at.wallMs), {
    list: state.lists.decisions,
    size: state.size,
    height: listHeight(state),
  })
}

function rowOf(record: DecisionRecord, nowMs: number): TableRow {
  const { decision, decidedAt, nodeId } = record
  const tasks = tasksOf(decision).length
  return {
    id: decision.id,
    cells: [
      age(nowMs - decidedAt),
      safe(decision.rule),
      decision.action,
      tasks === 0 ? '–' : String(tasks),
      stateSpan(record),
      outcomeSpan(record),
      safe(decision.reason),
      nodeId === undefined ? '–' : safe(nodeId),
    ],
  }
}
