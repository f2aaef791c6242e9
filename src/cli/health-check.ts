import { messageOf, UserError, type ExitCode } from '../errors.ts'
import type { Cli } from './command.ts'
import { nothingKnown } from './health/facts.ts'
import { healthLevels, judge, type HealthLevel, type Judgement } from './health/judge.ts'
import { healthLine, oneLine, wellWords } from './health/line.ts'
import { addThresholds, thresholdsOf, type ThresholdOptions } from './health/options.ts'
import type { HealthCheck } from './local-services.ts'
import { integer } from './option-values.ts'
import { createParser, runParser } from './parser.ts'

interface HealthOptions extends ThresholdOptions {
  dryRun?: boolean
  timeout: number
  testAlerts?: boolean
}

/** Of the whole time so much is for the check itself; the rest is to say what came of it. */
const shareOfCheck = 0.8

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
      'jrctl health-check --pending-warn 50 --pending-crit 200 --oldest-crit 2h',
      'jrctl health-check --test-alerts',
      '*/5 * * * * jrctl health-check --timeout 30 | logger -t jrctl',
    ],
    details,
  })
    .option('--dry-run', 'look and change nothing')
    .option('--timeout <seconds>', 'answer within (1–300)', integer(1, 300), 20)
    .option('--test-alerts', 'send a test to every [[alerts]] channel instead')
  addThresholds(parser).action(async (options: HealthOptions) => {
    code = options.testAlerts === true ? await tryAlerts(cli, options) : await check(cli, options)
  })
  try {
    return await runParser(parser, cli, () => code)
  } catch (error) {
    // Spec §11: wrong usage is unknown as well, and so is a configuration that cannot be read.
    const hint = error instanceof UserError && error.hint ? ` (${error.hint})` : ''
    return unknown(cli, messageOf(error) + hint)
  }
}

const details = `
It heals what nobody else does: stuck tasks and expired leases go back to the
queue, silent Jrs are marked offline, and who should run and does not is
restarted by whoever runs it, unless somebody stopped it. One check at a time.
3, unknown, is also the answer to wrong usage, to a configuration that cannot be
read, while another check is at work, and when the time is over; then with what
was found so far.
`

async function check(cli: Cli, options: HealthOptions): Promise<ExitCode> {
  const timeoutMs = options.timeout * 1000
  const thresholds = thresholdsOf(options)
  const order = { dryRun: options.dryRun === true, timeoutMs: timeoutMs * shareOfCheck }
  let begun: HealthCheck | undefined
  const look = async (): Promise<boolean> => (begun = await cli.local.health(order)).ended
  const ended = await withDeadline(cli, look(), timeoutMs)
  const facts = begun?.facts ?? nothingKnown(order.dryRun)
  if (ended === false) return unknown(cli, 'another health check is at work')
  const judged = judge(facts, thresholds)
  const judgement = ended === 'late' ? lateJudgement(judged, facts, options.timeout) : judged
  if (cli.options.json) cli.output.json({ ...judgement, thresholds, facts })
  else cli.output.line(healthLine(facts, judgement, thresholds))
  return exitOf(judgement.level)
}

/** The time is over: nobody knows how it is, but something is known. */
function lateJudgement(judged: Judgement, facts: HealthCheck['facts'], timeout: number): Judgement {
  const missing = [
    ...(facts.daemon === null ? ['the daemon'] : []),
    ...(facts.database === null ? ['the database'] : []),
  ]
  const from = missing.length === 0 ? '' : ` from ${missing.join(' and ')}`
  const seen = facts.daemon?.up === true ? `; so far: ${wellWords(facts)}` : ''
  const late = { level: 'UNKNOWN', text: `no answer within ${timeout} s${from}${seen}` } as const
  return { level: 'UNKNOWN', problems: [late, ...judged.problems] }
}

async function tryAlerts(cli: Cli, { timeout }: HealthOptions): Promise<ExitCode> {
  const trials = await withDeadline(cli, cli.local.testAlerts(timeout * 1000 * shareOfCheck), timeout * 1000)
  if (trials === 'late') return unknown(cli, `the alerts took longer than ${timeout} s`)
  if (trials.length === 0) return unknown(cli, 'there are no [[alerts]] in the configuration')
  const told = trials.filter((trial) => trial.told)
  const level: HealthLevel = told.length === trials.length ? 'OK' : 'CRITICAL'
  const each = trials.map(
    ({ channel, told: isTold, how }) => `${channel} ${isTold ? 'told' : 'NOT told'} (${how})`,
  )
  if (cli.options.json) cli.output.json({ level, trials })
  else {
    const words = `${told.length} of ${trials.length} alert channels took a test: ${each.join('; ')}`
    cli.output.line(`JRCTL ${level} - ${oneLine(words)} | told=${told.length};;;0;${trials.length}`)
  }
  return exitOf(level)
}

function unknown(cli: Cli, why: string): ExitCode {
  const problems = [{ level: 'UNKNOWN', text: oneLine(why) }]
  if (cli.options.json) cli.output.json({ level: 'UNKNOWN', problems, facts: null })
  else cli.output.line(`JRCTL UNKNOWN - ${oneLine(why)}`)
  return exitOf('UNKNOWN')
}

function withDeadline<Answer>(
  cli: Cli,
  answer: Promise<Answer>,
  timeoutMs: number,
): Promise<Answer | 'late'> {
  return new Promise((resolve, reject) => {
    const timer = cli.clock.after(timeoutMs, () => resolve('late'))
    answer.then(resolve, reject).finally(() => timer.cancel())
  })
}

function exitOf(level: HealthLevel): ExitCode {
  return healthLevels.indexOf(level) as ExitCode
}
