import type { ExecutionView } from '../../contract/orchestrator.ts'
import type { DecisionRecord, Outcome, RuleVerdict } from '../../domain/cycle/decision.ts'
import { age } from '../../text/format.ts'
import { prepareWidths, safe } from '../../text/fit.ts'
import { wrap } from '../../text/wrap.ts'
import type { Output, Style } from '../output.ts'
import { decisionLines } from '../../text/decision-words.ts'
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
  { title: 'RULE', flexible: true },
  { title: 'ACTION' },
  { title: 'STATE' },
  { title: 'HELPED' },
]

/** Decisions on record, each with its reason and what came of it. */
export async function recordLines(
  records: readonly DecisionRecord[],
  output: Output,
  nowMs: number,
): Promise<string[]> {
  const rows = records.map(({ decision, state, decidedAt, outcome }): CellText[] => [
    age(nowMs - decidedAt),
    safe(decision.rule),
    decision.action,
    { text: state, style: stateStyles[state] ?? 'dim' },
    outcome === null ? '–' : { text: outcome, style: outcomeStyles[outcome] },
  ])
  const stories = records.map((record) => storyOf(record))
  return storied(recordColumns, rows, stories, output)
}

const executionColumns: Column[] = [
  { title: 'PRIORITY', align: 'right' },
  { title: 'RULE', flexible: true },
  { title: 'ACTION' },
  { title: '' },
]

/** What a pass decided, in the order of its doing. */
export async function executionLines(
  executions: readonly ExecutionView[],
  output: Output,
): Promise<string[]> {
  const rows = executions.map(({ decision, state }): CellText[] => [
    String(decision.priority),
    safe(decision.rule),
    decision.action,
    { text: state, style: stateStyles[state] ?? 'cyan' },
  ])
  const stories = executions.map((execution) => storyOf(execution))
  return storied(executionColumns, rows, stories, output)
}

/** Why, and what came of it: to which tasks what was done, or would be. */
function storyOf({ decision, result, error }: Pick<ExecutionView, 'decision' | 'result' | 'error'>): Story {
  if (result !== null) return { reason: decision.reason, came: [result.note] }
  return { reason: decision.reason, came: error === null ? decisionLines(decision) : [error] }
}

interface Story {
  reason: string
  came: readonly string[]
}

const storyIndent = ' '.repeat(10)

/** A table each row of which is followed by why it is there, and what came of it. */
async function storied(
  columns: readonly Column[],
  rows: readonly CellText[][],
  stories: readonly Story[],
  output: Output,
): Promise<string[]> {
  const cells = rows.flat().map((cell) => (typeof cell === 'string' ? cell : cell.text))
  await prepareWidths([...cells, ...stories.flatMap(({ reason, came }) => [reason, ...came]).map(safe)])
  const [header = '', ...lines] = tableLines(columns, rows, output)
  const all = [header]
  for (const [index, line] of lines.entries()) {
    all.push(line)
    const story = stories[index]
    if (story === undefined) continue
    const { reason, came } = story
    all.push(...storyLines(reason, output), ...came.flatMap((text) => storyLines(`→ ${text}`, output)))
  }
  return all
}

function storyLines(text: string, { columns }: Output): string[] {
  return wrap(safe(text), columns - storyIndent.length).map((line) => storyIndent + line)
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
