import type { RuleFigures } from '../../../src/contract/orchestrator.ts'
import { safe } from '../../../src/text/fit.ts'
import { duration } from '../../../src/text/format.ts'
import { type Column, tableLines } from '../../components/table.ts'
import type { Line } from '../../line.ts'
import { emptyList } from '../../list.ts'
import type { AppState } from '../../state.ts'
import { marked } from '../field.ts'
import type { Page } from '../page.ts'

const table: Column[] = [
  { title: 'RULE', width: 0, flexible: true },
  { title: 'DECIDED', width: 7, align: 'right' },
  { title: 'EXECUTED', width: 8, align: 'right' },
  { title: 'FAILED', width: 6, align: 'right', fromColumns: 50 },
  { title: 'CLEARED', width: 7, align: 'right', fromColumns: 58 },
  { title: 'PERSISTS', width: 8, align: 'right', fromColumns: 66 },
  { title: 'RESTS FOR', width: 9, align: 'right', fromColumns: 76 },
]

/** Which rules fired since the daemon's start, and what came of it. */
export const rulesPage: Page = {
  title: 'The rules that fired',
  keys: [],
  lines(state) {
    const view = state.loaded.cycle?.answer
    if (!view) return null
    const { cycle, rests } = view
    const { columns } = state.size
    const rules = Object.entries(cycle.rules).toSorted(([, one], [, other]) => other.decided - one.decided)
    if (rules.length === 0) return nothingFired(cycle.leads, columns)
    return [
      ...marked('', "What the rules decided since this daemon's start", columns, 'title'),
      ...tableLines(table, rules, ([name, figures]) => rowOf(name, figures, rests[name], state), {
        list: emptyList,
        size: state.size,
        height: rules.length,
      }),
      [],
      ...marked('', 'Cleared: what made the rule fire was gone when it was looked at again.', columns, 'dim'),
      ...marked('', 'All rules, also those that never fired: jrctl rules list', columns, 'dim'),
    ]
  },
  // The screen below asks for them.
  wants: () => [],
}

function nothingFired(leads: boolean, columns: number): Line[] {
  const where = leads
    ? "No rule has decided anything since this daemon's start."
    : 'The rules are counted by the node that leads.'
  return [[], ...marked('  ', where, columns)]
}

function rowOf(name: string, figures: RuleFigures, restsUntil: number | undefined, { status }: AppState) {
  const restMs = (restsUntil ?? 0) - status.at.wallMs
  const { decided, executed, failed, cleared, persists } = figures
  const counts = [decided, executed, failed, cleared, persists].map(String)
  return { id: name, cells: [safe(name), ...counts, restMs > 0 ? duration(restMs) : '–'] }
}
