import { messageOf, UserError, type ExitCode } from '../errors.ts'
import type { Cli } from './command.ts'
import { healthLevels, healthLine, judge, type HealthFacts, type HealthLevel } from './health/judge.ts'
import { integer } from './option-values.ts'
import { createParser, runParser } from './parser.ts'

interface HealthOptions {
  dryRun?: boolean
  timeout: number
}

/** `jrctl health-check`: for cron and monitoring; whatever goes wrong is an answer, and never takes longer than asked. */
export async function run(cli: Cli): Promise<ExitCode> {
  let code = exitOf('OK')
  const parser = createParser({
    name: 'health-check',
    summary:
      'Check and heal the fleet, for cron and monitoring (exit 0 ok, 1 warning, 2 critical, 3 unknown)',
    examples: [
      'jrctl health-check',
      'jrctl health-check --dry-run --json',
      '*/5 * * * * jrctl health-check --timeout 30 | logger -t jrctl',
    ],
  })
    .option('--dry-run', 'look and change nothing')
    .option('--timeout <seconds>', 'answer within (1–300)', integer(1, 300), 20)
    .action(async (options: HealthOptions) => {
      code = await check(cli, options)
    })
  try {
    return await runParser(parser, cli, () => code)
  } catch (error) {
    // Spec §11: wrong usage is unknown as well.
    const hint = error instanceof UserError && error.hint ? ` (${error.hint})` : ''
    return unknown(cli, messageOf(error) + hint)
  }
}

async function check(cli: Cli, { dryRun, timeout }: HealthOptions): Promise<ExitCode> {
  const timeoutMs = timeout * 1000
  const facts = await withDeadline(
    cli,
    cli.local.health({ dryRun: dryRun === true, timeoutMs: timeoutMs * 0.8 }),
    timeoutMs,
  )
  if (facts === 'late') return unknown(cli, `no answer within ${timeout} s`)
  if (facts === null) return unknown(cli, 'another health check is at work')
  const judgement = judge(facts)
  if (cli.options.json) cli.output.json({ ...judgement, facts })
  else cli.output.line(healthLine(facts, judgement))
  return exitOf(judgement.level)
}

function unknown(cli: Cli, why: string): ExitCode {
  if (cli.options.json)
    cli.output.json({ level: 'UNKNOWN', problems: [{ level: 'UNKNOWN', text: why }], facts: null })
  else cli.output.line(`JRCTL UNKNOWN - ${why.replace(/[|\r\n]+/g, ' ')}`)
  return exitOf('UNKNOWN')
}

function withDeadline(
  cli: Cli,
  facts: Promise<HealthFacts | null>,
  timeoutMs: number,
): Promise<HealthFacts | null | 'late'> {
  return new Promise((resolve, reject) => {
    const timer = cli.clock.after(timeoutMs, () => resolve('late'))
    facts.then(resolve, reject).finally(() => timer.cancel())
  })
}

function exitOf(level: HealthLevel): ExitCode {
  return healthLevels.indexOf(level) as ExitCode
}
