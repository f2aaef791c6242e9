import { dataOf, type Rule } from '../../domain/cycle/rules/rule.ts'
import { exitCode, OperationalError, UserError } from '../../errors.ts'
import { safe } from '../../text/fit.ts'
import { count, duration } from '../../text/format.ts'
import type { Cli } from '../command.ts'
import type { Output } from '../output.ts'
import type { RuleDesk } from './desk.ts'
import { knownOfRules } from './known.ts'

/** `jrctl rules explain NAME` */
export async function explain(cli: Cli, name: string): Promise<void> {
  const desk = await cli.local.rules()
  const rule = desk.rules.find((one) => one.name === name)
  if (rule === undefined) throw noRule(desk, name)
  const broken = rule.enabled ? await whyBroken(cli, name) : null
  if (cli.options.json) {
    return cli.output.json({ rule: dataOf(rule), limits: limitsOf(rule, desk), broken })
  }
  for (const line of explanation(rule, desk, broken, cli.output)) cli.output.line(line)
}

/** Null: it is not, or nobody says so; what the configuration says can be explained without. */
async function whyBroken(cli: Cli, name: string): Promise<string | null> {
  try {
    return (await knownOfRules(cli))?.broken[name] ?? null
  } catch (error) {
    if (error instanceof OperationalError) return null
    throw error
  }
}

function noRule(desk: RuleDesk, name: string): UserError {
  const meant = desk.nearest(name)
  return new UserError(`there is no rule "${safe(name)}"`, {
    hint: `${meant === null ? '' : `Did you mean ${meant}? `}All of them: jrctl rules list`,
    exit: exitCode.notFound,
  })
}

/** Durations in milliseconds. */
function limitsOf(
  rule: Rule,
  desk: RuleDesk,
): Record<'tasks' | 'actions' | 'cooldownMs' | 'taskPeriodMs', number> {
  return {
    tasks: desk.tasksMax,
    actions: desk.actionsMax,
    cooldownMs: rule.cooldownMs,
    taskPeriodMs: desk.periodsMs[rule.action],
  }
}

function explanation(rule: Rule, desk: RuleDesk, broken: string | null, output: Output): string[] {
  const emergency = rule.name === 'health_critical' ? [deadLettersText(desk)] : []
  const kind = `${rule.isOwn ? 'your own' : 'built in'}, ${rule.enabled ? (broken === null ? 'on' : 'broken') : 'off'}`
  const fact = (name: string, text: string) =>
    wrapped(text, output.columns - 14).map(
      (line, index) => `  ${output.style('dim', (index === 0 ? name : '').padEnd(10))}  ${line}`,
    )
  return [
    `${output.style('bold', rule.name)} (${kind})`,
    ...fact('when', safe(rule.condition)),
    ...(broken === null ? [] : fact('broken', `it does nothing: ${safe(broken)}`)),
    ...fact('does', `${rule.action}: ${rule.does}`),
    ...fact('looks at', rule.looksAt.length === 0 ? '–' : rule.looksAt.join(', ')),
    ...fact(
      'priority',
      `${rule.priority} of 10: of two rules that want the same task in one pass, the higher has it`,
    ),
    ...fact(
      'cool-down',
      `rests ${duration(rule.cooldownMs)} after acting; then it is looked whether the condition is gone`,
    ),
    ...fact('limits', [limitsText(rule, desk), ...emergency].join('; ')),
    '',
    output.style('dim', '  to switch it off'),
    ...example(rule).map((line) => `    ${line}`),
  ]
}

function limitsText(rule: Rule, desk: RuleDesk): string {
  const actions = `a pass has at most ${count(desk.actionsMax, 'action')}`
  const period = desk.periodsMs[rule.action]
  if (period === 0) return actions
  return `at most ${count(desk.tasksMax, 'task')} at a time; ${actions}; a task is left alone for ${duration(period)} after ${rule.action}`
}

function deadLettersText({ emergencyDeadLetter }: RuleDesk): string {
  return `dead letters are ${emergencyDeadLetter ? '' : 'not '}allowed (emergency_dead_letter = ${emergencyDeadLetter})`
}

/** What switches it off. */
function example({ name, isOwn }: Rule): string[] {
  return isOwn
    ? ['enabled = false  # in its [[rules]] table']
    : ['[[rules]]', `name = "${name}"`, 'enabled = false']
}

/** At blanks; a word that is longer than a line stands on its own. */
function wrapped(text: string, columns: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > columns) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}
