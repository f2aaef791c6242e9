import { exitCode, UserError, type ExitCode } from '../errors.ts'
import type { Cli } from './command.ts'
import { integer } from './option-values.ts'
import { createParser, runParser } from './parser.ts'

interface WorkOptions {
  jr?: string[]
  slots: number
  acceptUnassigned?: boolean
  unassigned: boolean
}

/** `jrctl work JR -- COMMAND…` */
export async function run(cli: Cli): Promise<ExitCode> {
  let code: ExitCode = exitCode.ok
  const separator = cli.args.indexOf('--')
  const own = separator < 0 ? cli.args : cli.args.slice(0, separator)
  const command = separator < 0 ? [] : cli.args.slice(separator + 1)
  const parser = createParser({
    name: 'work',
    summary: "Claim a Jr's tasks and run a command for each",
    examples: [
      'jrctl work "Research Jr." -- ./research.sh',
      'jrctl work a_jr --jr b_jr --slots 4 -- python3 agent.py',
      "jrctl work a_jr --no-unassigned -- sh -c 'jq -r .title'",
    ],
  })
    .usage('[options] JR -- COMMAND…')
    .argument('<jr>', 'the Jr whose tasks are claimed')
    .option('--jr <jr>', 'one more Jr (may be repeated)', (text: string, before: string[] | undefined) => [
      ...(before ?? []),
      text,
    ])
    .option('--slots <count>', 'tasks at the same time', integer(1, 1000), 1)
    .option('--accept-unassigned', 'take tasks that are assigned to nobody, too (the default)')
    .option('--no-unassigned', 'take only what is assigned')
    .action(async (jr: string, options: WorkOptions) => {
      const jrNames: [string, ...string[]] = [jr, ...(options.jr ?? [])]
      code = await cli.local.work({
        jrNames,
        slots: options.slots,
        acceptUnassigned: options.unassigned,
        command: given(command),
      })
    })
  return runParser(parser, { ...cli, args: own }, () => code)
}

function given(command: readonly string[]): [string, ...string[]] {
  const [program, ...args] = command
  if (program) return [program, ...args]
  throw new UserError('work: say which command to run for each task, after --', {
    hint: 'jrctl work "Research Jr." -- ./research.sh',
  })
}
