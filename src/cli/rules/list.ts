import { dataOf, type Rule } from '../../domain/cycle/rules/rule.ts'
import { prepareWidths, safe } from '../../text/fit.ts'
import { duration } from '../../text/format.ts'
import type { Cli } from '../command.ts'
import { type CellText, type Column, tableLines } from '../table.ts'
import type { RuleDesk } from './desk.ts'
import { type KnownOfRules, knownOfRules } from './known.ts'

/** `jrctl rules list` */
export async function list(cli: Cli): Promise<void> {
  const desk = await cli.local.rules()
  const known = await knownOfRules(cli)
  const nowMs = cli.clock.wallMs()
  if (cli.options.json) return cli.output.json(shapeOf(desk, known))
  await prepareWidths(desk.rules.map(({ condition }) => safe(condition)))
  const rows = byPriority(desk.rules).map((rule) => row(rule, known, nowMs))
  for (const line of tableLines(columns, rows, cli.output)) cli.output.line(line)
  const notes = [
    ...(desk.mode === 'observe'
      ? ['The mode is observe: the cycle decides and records, and does nothing.']
      : []),
    ...(known === null ? ['No daemon answers here: which rules rest or are broken is not known.'] : []),
    ...rulesBroken(desk.rules, known),
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

function row(rule: Rule, known: KnownOfRules | null, nowMs: number): CellText[] {
  return [
    rule.isOwn ? `${rule.name} (own)` : rule.name,
    String(rule.priority),
    stateOf(rule, known, nowMs),
    duration(rule.cooldownMs),
    rule.action,
    safe(rule.condition),
  ]
}

function stateOf({ name, enabled }: Rule, known: KnownOfRules | null, nowMs: number): CellText {
  if (!enabled) return { text: 'off', style: 'dim' }
  if (known?.broken[name] !== undefined) return { text: 'broken', style: 'red' }
  const restsUntil = known?.rests[name]
  if (restsUntil !== undefined && restsUntil > nowMs)
    return { text: `rests ${duration(restsUntil - nowMs)}`, style: 'yellow' }
  return { text: 'on', style: 'green' }
}

/** Why those that are broken are, one line each. */
function rulesBroken(rules: readonly Rule[], known: KnownOfRules | null): string[] {
  return rules.flatMap(({ name, enabled }) => {
    const reason = known?.broken[name]
    return enabled && reason !== undefined ? [`${name} is broken and does nothing: ${safe(reason)}`] : []
  })
}

/** Times are epoch milliseconds; `rests` and `broken` null: not known. */
function shapeOf(desk: RuleDesk, known: KnownOfRules | null): object {
  return {
    path: desk.path,
    enabled: desk.enabled,
    mode: desk.mode,
    rules: byPriority(desk.rules).map(dataOf),
    rests: known?.rests ?? null,
    broken: known?.broken ?? null,
  }
}
