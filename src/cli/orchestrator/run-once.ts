import type { PassView } from '../../contract/orchestrator.ts'
import { exitCode, type ExitCode } from '../../errors.ts'
import { passHeadline } from '../../text/cycle-words.ts'
import type { Cli } from '../command.ts'
import { executionLines, verdictLines } from './decision-lines.ts'
import { healthLines } from './health-lines.ts'

/** `jrctl orchestrator run-once` */
export async function runOnce(cli: Cli, dryRun: boolean): Promise<ExitCode> {
  const answer = await (await cli.client()).call('runOrchestrator', { dryRun })
  const { pass } = answer
  if (cli.options.json) cli.output.json(answer)
  else for (const line of await passLines(pass, cli.output)) cli.output.line(line)
  return pass.failed > 0 ? exitCode.failed : exitCode.ok
}

async function passLines(pass: PassView, output: Cli['output']): Promise<string[]> {
  const { executions, verdicts, outcomes, snapshot } = pass
  return [
    passHeadline(pass),
    ...healthLines(snapshot.system, output),
    ...(executions.length === 0 ? [] : ['', ...(await executionLines(executions, output))]),
    ...(outcomes.length === 0
      ? []
      : ['', ...outcomes.map(({ rule, id, outcome }) => `Of ${rule} (${id}), since it acted: ${outcome}`)]),
    '',
    output.style('bold', 'Rules'),
    ...(await verdictLines(verdicts, output)),
  ]
}
