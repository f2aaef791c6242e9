import { exitCode, type ExitCode } from '../../errors.ts'
import type { Cli } from '../command.ts'
import { recordLines } from './decision-lines.ts'

/** `jrctl orchestrator decisions` */
export async function decisions(
  cli: Cli,
  { rule, limit }: { rule?: string; limit: number },
): Promise<ExitCode> {
  const answer = await (
    await cli.client()
  ).call('orchestratorDecisions', { limit, ...(rule === undefined ? {} : { rule }) })
  if (cli.options.json) cli.output.json(answer)
  else if (answer.decisions.length === 0)
    cli.output.note(rule === undefined ? 'Nothing was decided yet.' : `No decision of ${rule} is on record.`)
  else
    for (const line of await recordLines(answer.decisions, cli.output, cli.clock.wallMs()))
      cli.output.line(line)
  return exitCode.ok
}
