import type { ExecutionView, PassView } from '../../../src/contract/orchestrator.ts'
import type { RuleVerdict } from '../../../src/domain/cycle/decision.ts'
import { passHeadline } from '../../../src/text/cycle-words.ts'
import { decisionLines } from '../../../src/text/decision-words.ts'
import { fit, safe } from '../../../src/text/fit.ts'
import { timestamp } from '../../../src/text/format.ts'
import type { Line, Role } from '../../line.ts'
import { healthSpan } from '../../screens/decisions/panel.ts'
import type { Size } from '../../state.ts'
import { field, labelCells, marked } from '../field.ts'

/** A pass that only looked, as lines of at most `columns` cells. */
export function passText(pass: PassView, { columns }: Size): Line[] {
  const { system } = pass.snapshot
  return [
    ...field('Would do', `${passHeadline(pass)}, ${timestamp(pass.at)}`, columns),
    [{ text: 'Health'.padEnd(labelCells), role: 'dim' }, healthSpan(system)],
    ...system.deductions.flatMap(({ points, reason }) => field('', `−${points} ${reason}`, columns)),
    ...pass.executions.flatMap((execution) => [[], ...executionLines(execution, columns)]),
    [],
    [{ text: 'Rules', role: 'title' }],
    ...verdictLines(pass.verdicts, columns),
  ]
}

function executionLines({ decision }: ExecutionView, columns: number): Line[] {
  return [
    [{ text: `${safe(decision.rule)}: ${decision.action}, priority ${decision.priority}`, role: 'accent' }],
    ...marked('  because ', decision.reason, columns),
    ...decisionLines(decision).flatMap((line) => marked('  → ', line, columns)),
  ]
}

const verdictRoles: Partial<Record<RuleVerdict['verdict'], Role>> = {
  fired: 'accent',
  broken: 'bad',
  nothing_to_do: 'warn',
  outranked: 'warn',
  over_limit: 'warn',
}

/** Longer names than the rules have that are built in stand out. */
const ruleCellsMax = 24

function verdictLines(verdicts: readonly RuleVerdict[], columns: number): Line[] {
  const longest = Math.max(0, ...verdicts.map(({ rule }) => rule.length))
  const cells = Math.min(longest, ruleCellsMax, Math.floor(columns / 3))
  return verdicts.flatMap(({ rule, verdict, reason }) => {
    const mark = `  ${fit(safe(rule), cells).padEnd(cells)}  `
    return marked(mark, `${verdict.replaceAll('_', ' ')}: ${reason}`, columns, verdictRoles[verdict] ?? 'dim')
  })
}
