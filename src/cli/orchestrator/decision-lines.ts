import type { ExecutionView } from '../../contract/orchestrator.ts'
import type { DecisionRecord, Outcome, RuleVerdict } from '../../domain/cycle/decision.ts'
import { age } from '../../text/format.ts'
import { prepareWidths, safe } from '../../text/fit.ts'
import type { Output, Style } from '../output.ts'
import { tableLines, type CellText, type Column } from '../table.ts'

const stateStyles: Record<string, Style> = {
  executed: 'green',
  failed: 'red',
  open: 'yellow',
  intended: 'yellow',
}
const outcomeStyles: Record<Outcome, Style> = { cleared: 'green', persists: 'yellow', unknown: 'dim' }

const recordColumns: Column[] = [
  { title: 'AGO', align: 'right' },
  { title: 'RULE' },
  { title: 'ACTION', fromColumns: 90 },
  { title: 'STATE' },
  { title: 'HELPED', fromColumns: 70 },
  { title: 'BECAUSE, AND WHAT WAS DONE', flexible: true },
]

/** A table of decisions on record, with what came of each. */
export async function recordLines(
  records: readonly DecisionRecord[],
  output: Output,
  nowMs: number,
): Promise<string[]> {
  const rows = records.map((record) => recordRow(record, nowMs))
  await prepareWidths(rows.flat().map((cell) => (typeof cell === 'string' ? cell : cell.text)))
  return tableLines(recordColumns, rows, output, 0)
}

function recordRow(
  { decision, state, decidedAt, result, error, outcome }: DecisionRecord,
  nowMs: number,
): CellText[] {
  const came = error ?? result?.note ?? ''
  return [
    age(nowMs - decidedAt),
    safe(decision.rule),
    decision.action,
    { text: state, style: stateStyles[state] ?? 'dim' },
    outcome === null ? '–' : { text: outcome, style: outcomeStyles[outcome] },
    safe(`${decision.reason}${came === '' ? '' : ` → ${came}`}`),
  ]
}

const executionColumns: Column[] = [
  { title: 'PRIORITY', align: 'right' },
  { title: 'RULE' },
  { title: 'ACTION' },
  { title: '' },
  { title: 'BECAUSE, AND WHAT WAS DONE', flexible: true },
]

/** What a pass decided, in the order of its doing. */
export async function executionLines(
  executions: readonly ExecutionView[],
  output: Output,
): Promise<string[]> {
  const rows = executions.map(({ decision, state, result, error }): CellText[] => [
    String(decision.priority),
    safe(decision.rule),
    decision.action,
    { text: state, style: stateStyles[state] ?? 'cyan' },
    safe(`${decision.reason}${cameOf(result?.note ?? error)}`),
  ])
  await prepareWidths(rows.flat().map((cell) => (typeof cell === 'string' ? cell : cell.text)))
  return tableLines(executionColumns, rows, output)
}

function cameOf(text: string | null | undefined): string {
  return text === null || text === undefined || text === '' ? '' : ` → ${text}`
}

const verdictColumns: Column[] = [{ title: 'RULE' }, { title: 'VERDICT' }, { title: 'WHY', flexible: true }]
const verdictStyles: Partial<Record<RuleVerdict['verdict'], Style>> = {
  fired: 'green',
  broken: 'red',
  nothing_to_do: 'yellow',
  outranked: 'yellow',
  over_limit: 'yellow',
}

/** Why each rule did or did not decide. */
export async function verdictLines(verdicts: readonly RuleVerdict[], output: Output): Promise<string[]> {
  const rows = verdicts.map(({ rule, verdict, reason }): CellText[] => [
    safe(rule),
    { text: verdict.replaceAll('_', ' '), style: verdictStyles[verdict] ?? 'dim' },
    safe(reason),
  ])
  await prepareWidths(rows.flat().map((cell) => (typeof cell === 'string' ? cell : cell.text)))
  return tableLines(verdictColumns, rows, output)
}
