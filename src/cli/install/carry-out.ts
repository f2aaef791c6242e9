import { exitCode, UserError, type ExitCode } from '../../errors.ts'
import { safe } from '../../text/fit.ts'
import { count } from '../../text/format.ts'
import type { Cli } from '../command.ts'
import { confirm } from '../dlq/confirm.ts'
import { planLines } from './plan-lines.ts'
import type { PreparedInstall } from './service.ts'
import { stepWords } from './step-words.ts'

export interface CarryOutOptions {
  dryRun: boolean
  yes: boolean
  /** `install` or `uninstall`. */
  command: string
  /** What is asked at the end of the plan. */
  question: string
}

/** Shows a plan, asks, does it, tells what is left to be said. The same for installing and for taking away. */
export async function carryOut(
  cli: Cli,
  prepared: PreparedInstall,
  options: CarryOutOptions,
): Promise<ExitCode> {
  const { plan } = prepared
  const isSeen = cli.output.isTerminal && cli.stdin.isTTY === true && !cli.options.json
  const isAsked = plan.steps.length > 0 && plan.refusals.length === 0 && !options.dryRun && !options.yes
  if (!cli.options.json) show(cli, prepared, options)
  refuse(prepared)
  if (isAsked && !isSeen)
    throw new UserError('this changes the machine, and nobody is there to be asked', {
      hint: `Look with: jrctl ${options.command} --dry-run   Then say: jrctl ${options.command} --yes`,
    })
  if (options.dryRun) return tellDryRun(cli, prepared, options)
  if (isAsked && !(await confirm(cli, options.question, { isSeen, needed: true }))) return exitCode.failed
  return tell(cli, prepared, await apply(cli, prepared))
}

function show(cli: Cli, prepared: PreparedInstall, { dryRun }: CarryOutOptions): void {
  const { output } = cli
  const { plan } = prepared
  for (const line of headLines(prepared)) output.line(line)
  for (const warning of plan.warnings) output.note(`warning: ${safe(warning)}`)
  const isNothing = plan.steps.length === 0 && plan.refusals.length === 0
  if (isNothing) output.line('There is nothing to do.')
  for (const line of planLines(prepared, output, { isWhole: dryRun })) output.line(line)
  if (!isNothing) output.line()
}

function headLines({ about: { scope, root, profile, account, config, program } }: PreparedInstall): string[] {
  const where = root === '' ? (scope === 'system' ? 'this machine' : 'this account alone') : root
  const fields = [
    ['for', where],
    ['profile', profile ?? 'not installed'],
    ['account', account ?? '-'],
    ['program', program === '' ? '-' : program],
    ['config', config],
  ] as const
  return [...fields.map(([name, value]) => `${name.padEnd(8)} ${safe(value)}`), '']
}

/** With anything in the way nothing at all is done. */
function refuse({ plan: { refusals } }: PreparedInstall): void {
  const [first, ...rest] = refusals
  if (first === undefined) return
  const others = rest.map(({ message, hint }) => `${message}\n  ${hint}`)
  throw new UserError(`nothing was changed: ${first.message}`, {
    hint: [first.hint, ...others].join('\n'),
    exit: exitCode.failed,
  })
}

function tellDryRun(cli: Cli, { about, plan }: PreparedInstall, { command }: CarryOutOptions): ExitCode {
  if (cli.options.json) cli.output.json({ dryRun: true, about, ...plan })
  else if (plan.steps.length > 0)
    cli.output.line(`${count(plan.steps.length, 'step')} would be taken; nothing was changed.`)
  if (!cli.options.json && command === 'uninstall') for (const line of plan.next) cli.output.line(line)
  return tellUnready(cli, plan.unready)
}

async function apply(cli: Cli, prepared: PreparedInstall): Promise<string[]> {
  const { about, plan } = prepared
  if (plan.steps.length === 0) return []
  const isQuiet = cli.options.json
  return prepared.apply({
    done(index, more) {
      const step = plan.steps[index]
      if (isQuiet || step === undefined) return
      cli.output.line(`done: ${stepWords(step, about.root)}${more === null ? '' : `; ${safe(more)}`}`)
    },
    progress: (text) => cli.output.note(safe(text)),
  })
}

function tell(cli: Cli, { about, plan }: PreparedInstall, problems: readonly string[]): ExitCode {
  if (cli.options.json) cli.output.json({ dryRun: false, about, ...plan, problems })
  else for (const line of plan.next) cli.output.line(line)
  for (const problem of problems) cli.output.note(`jrctl: ${safe(problem)}`)
  const code = tellUnready(cli, plan.unready)
  return problems.length > 0 ? exitCode.failed : code
}

/** What was asked for and could not be done: everything lies where it belongs, and nothing runs. */
function tellUnready(cli: Cli, unready: PreparedInstall['plan']['unready']): ExitCode {
  if (unready === null) return exitCode.ok
  cli.output.note(`jrctl: not started: ${unready.message}`)
  for (const line of unready.hint.split('\n')) cli.output.note(`  ${line}`)
  cli.output.note('  Then: jrctl config check, jrctl install --enable')
  return exitCode.failed
}
