import { exitCode, UserError, type ExitCode } from '../errors.ts'
import type { Cli } from './command.ts'
import { integer } from './option-values.ts'
import { createParser, runParser } from './parser.ts'
import { streamHelp } from './work/stream-help.ts'

interface WorkOptions {
  jr?: string[]
  slots?: number
  stream?: boolean
  concurrency?: number
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
      'jrctl work a_jr --stream --concurrency 20 -- python3 worker.py',
    ],
    details: streamHelp,
  })
    .usage('[options] <jr> -- COMMAND…')
    .argument('<jr>', 'the Jr whose tasks are claimed')
    .option('--jr <jr>', 'one more Jr (may be repeated)', (text: string, before: string[] | undefined) => [
      ...(before ?? []),
      text,
    ])
    .option('--slots <count>', 'tasks at the same time, a process each (default 1)', integer(1, 1000))
    .option('--stream', 'start the command once and speak JSON lines with it: see below')
    .option(
      '--concurrency <count>',
      'with --stream: tasks that the command has at the same time (default 1)',
      integer(1, 1000),
    )
    .option('--accept-unassigned', 'take tasks that are assigned to nobody, too (the default)')
    .option('--no-unassigned', 'take only what is assigned')
    .action(async (jr: string, options: WorkOptions) => {
      const jrNames: [string, ...string[]] = [jr, ...(options.jr ?? [])]
      code = await cli.local.work({
        jrNames,
        slots: slotsOf(options),
        acceptUnassigned: options.unassigned,
        stream: options.stream === true,
        command: given(command),
      })
    })
  return runParser(parser, { ...cli, args: own }, () => code)
}

/** One number under the name that says what it is the number of. */
function slotsOf({ stream, slots, concurrency }: WorkOptions): number {
  if (stream === true && slots !== undefined)
    throw new UserError('work: with --stream there is one process, and --slots says how many', {
      hint: '--concurrency says how many tasks it has at the same time',
    })
  if (stream !== true && concurrency !== undefined)
    throw new UserError('work: --concurrency belongs to --stream', {
      hint: 'without it there is a process a task, and --slots says how many',
    })
  return slots ?? concurrency ?? 1
}

function given(command: readonly string[]): [string, ...string[]] {
  const [program, ...args] = command
  if (program) return [program, ...args]
  throw new UserError('work: say which command to run for each task, after --', {
    hint: 'jrctl work "Research Jr." -- ./research.sh',
  })
}
