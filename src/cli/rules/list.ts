import { dataOf, type Rule } from '../../domain/cycle/rules/rule.ts'
import { prepareWidths, safe } from '../../text/fit.ts'
import { duration } from '../../text/format.ts'
import type { Cli } from '../command.ts'
import { type CellText, type Column, tableLines } from '../table.ts'
import type { RuleDesk } from './desk.ts'
import { restsOf } from './rests.ts'

/** `jrctl rules list` */
export async function list(cli: Cli): Promise<void> {
  const desk = await cli.local.rules()
  const rests = await restsOf(cli)
  const nowMs = cli.clock.wallMs()
  if (cli.options.json) return cli.output.json(shapeOf(desk, rests))
  await prepareWidths(desk.rules.map(({ condition }) => safe(condition)))
  const rows = byPriority(desk.rules).map((rule) => row(rule, rests?.[rule.name], nowMs))
  for (const line of tableLines(columns, rows, cli.output)) cli.output.line(line)
  const notes = [
    ...(desk.mode === 'observe'
      ? ['The mode is observe: the cycle decides and records, and does nothing.']
      : []),
    ...(rests === null ? ['No daemon answers here: which rules rest is not known.'] : []),
  ]
  for (const note of notes) cli.output.note(note)
}

const columns: Column[] = [
  { title: 'RULE' },
  { title: 'PRIORITY', align: 'right' },
  { title: 'STATE' },
  { title: 'COOL-DOWN', align: 'right', fromColumns: 110 },
  { title: 'ACTION', fromColumns: 100 },
  { title: 'FIRES WHEN', flexible: true },
]

function byPriority(rules: readonly Rule[]): Rule[] {
  return rules.toSorted((a, b) => b.priority - a.priority)
}

function row(rule: Rule, restsUntil: number | undefined, nowMs: number): CellText[] {
  return [
    rule.isOwn ? `${rule.name} (own)` : rule.name,
    String(rule.priority),
    stateOf(rule, restsUntil, nowMs),
    duration(rule.cooldownMs),
    rule.action,
    safe(rule.condition),
  ]
}

function stateOf({ enabled }: Rule, restsUntil: number | undefined, nowMs: number): CellText {
  if (!enabled) return { text: 'off', style: 'dim' }
  if (restsUntil !== undefined && restsUntil > nowMs)
    return { text: `rests ${duration(restsUntil - nowMs)}`, style: 'yellow' }
  return { text: 'on', style: 'green' }
}

/** Times are epoch milliseconds; `rests` null: not known. */
function shapeOf(desk: RuleDesk, rests: Readonly<Record<string, number>> | null): object {
  return {
    path: desk.path,
    enabled: desk.enabled,
    mode: desk.mode,
    rules: byPriority(desk.rules).map(dataOf),
    rests,
  }
}
