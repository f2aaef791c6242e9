import { exitCode, type ExitCode } from '../errors.ts'
import { safe } from '../text/fit.ts'
import { count } from '../text/format.ts'
import { wrap } from '../text/wrap.ts'
import type { Cli } from './command.ts'
import { bad, type Check, type CheckLevel, skipped } from './doctor/check.ts'
import { judgeDatabase } from './doctor/judge-database.ts'
import { judgeMachine } from './doctor/judge-machine.ts'
import type { DoctorFacts } from './local-services.ts'
import type { Output } from './output.ts'
import { createParser, runParser } from './parser.ts'

/** `jrctl doctor`: what is wrong with database and machine, each with its remedy. Changes nothing. */
export async function run(cli: Cli): Promise<ExitCode> {
  let code: ExitCode = exitCode.ok
  const parser = createParser({
    name: 'doctor',
    summary: 'Check database, machine and installation, each finding with its remedy; changes nothing',
    examples: ['jrctl doctor', 'jrctl doctor --json'],
  }).action(async () => {
    const facts = await cli.local.doctor()
    const checks = checksOf(facts)
    code = exitOf(facts, checks)
    if (cli.options.json) cli.output.json({ level: worst(checks), target: facts.target, checks, facts })
    else for (const line of doctorLines(facts.target, checks, cli.output)) cli.output.line(line)
  })
  return runParser(parser, cli, () => code)
}

/** Every check, the database's first. */
export function checksOf({ database, machine }: DoctorFacts): Check[] {
  return [...ofDatabase(database), ...judgeMachine(machine)]
}

function ofDatabase(database: DoctorFacts['database']): Check[] {
  const name = 'database.reachable'
  switch (database.kind) {
    case 'seen':
      return judgeDatabase(database.facts)
    case 'away':
      return [bad(name, database.problem, database.hint ?? 'Look at the address and at the server.')]
    case 'unasked':
      return [skipped(name, database.why)]
    default:
      return database satisfies never
  }
}

/** 69 when the database is out of reach, 1 when something is bad; a warning is no failure. */
function exitOf({ database }: DoctorFacts, checks: readonly Check[]): ExitCode {
  if (database.kind === 'away') return exitCode.unavailable
  return worst(checks) === 'bad' ? exitCode.failed : exitCode.ok
}

function worst(checks: readonly Check[]): CheckLevel {
  const levels = new Set(checks.map(({ level }) => level))
  return levels.has('bad') ? 'bad' : levels.has('warn') ? 'warn' : 'ok'
}

const styles = { ok: 'green', note: 'cyan', warn: 'yellow', bad: 'red', skipped: 'dim' } as const
const labelCells = 9
const nameCells = 22

/** One line a check, what to do indented below it. */
export function doctorLines(target: string | null, checks: readonly Check[], output: Output): string[] {
  const found = (level: CheckLevel) => checks.filter((check) => check.level === level).length
  return [
    ...(target === null ? [] : [output.style('bold', safe(target))]),
    ...checks.flatMap((check) => checkLines(check, output)),
    '',
    `${found('ok')} ok, ${count(found('note'), 'note')}, ${count(found('warn'), 'warning')}, ${found('bad')} bad, ${found('skipped')} skipped`,
  ]
}

function checkLines({ name, level, text, remedy }: Check, output: Output): string[] {
  const indent = labelCells + nameCells
  const room = Math.max(30, output.columns - indent)
  const wrapped = (words: string) =>
    words.split('\n').flatMap((line) => wrap(safe(line.trim()), room, 'keep'))
  const [first = '', ...rest] = wrapped(text)
  const steps = remedy === null ? [] : wrapped(`→ ${remedy}`)
  return [
    output.style(styles[level], level.padEnd(labelCells)) + name.padEnd(nameCells) + first,
    ...[...rest, ...steps].map((line) => ' '.repeat(indent) + line),
  ]
}
