import { Argument, type Command } from 'commander'
import { taskStatuses } from '../domain/task.ts'
import { exitCode, type ExitCode } from '../errors.ts'
import type { Cli } from './command.ts'
import { filePath, integer, listOf, oneOf, taskIdValue, taskIdValues } from './option-values.ts'
import { addSubcommand, createParser, runParser } from './parser.ts'
import { addTaskOptions } from './tasks/options.ts'

/** `jrctl tasks …`: one file a subcommand in `tasks/`. */
export async function run(cli: Cli): Promise<ExitCode> {
  let code: ExitCode = exitCode.ok
  const finish = (result: ExitCode) => {
    code = result
  }
  const parser = createParser({
    name: 'tasks',
    summary: 'Add, change, list and follow the tasks of the queue',
    examples: [
      'jrctl tasks add "Read the logs" --assign "Research Jr."',
      'jrctl tasks list --status failed',
      'jrctl tasks show 42',
    ],
  })
  addWriting(parser, cli, finish)
  addReading(parser, cli, finish)
  addEnding(parser, cli, finish)
  return runParser(parser, cli, () => code)
}

type Finish = (code: ExitCode) => void

const ids = () => new Argument('<id...>', 'the tasks’ ids').argParser(taskIdValues)
const id = () => new Argument('<id>', 'the task’s id, such as 42').argParser(taskIdValue)

function addWriting(parser: Command, cli: Cli, finish: Finish): void {
  const add = addSubcommand(parser, 'add', {
    summary: 'Put a task into the queue',
    examples: [
      'jrctl tasks add "Read the logs"',
      'jrctl tasks add "Patch the host" --assign "Infrastructure Jr." --urgent',
      'jrctl tasks add "Nightly report" --at 2026-12-24T23:00 --tags report,night',
      'jrctl tasks add "Reel" --channel instagram --score 92 --at "tomorrow 18:00"',
    ],
  })
  addTaskOptions(add.argument('<title>', 'what is to be done, in a line'), { isNew: true }).action(
    async (title: string, options: object) =>
      finish(await (await import('./tasks/add.ts')).add(cli, title, options)),
  )

  const set = addSubcommand(parser, 'set', {
    summary: 'Change tasks that are not finished',
    examples: [
      'jrctl tasks set 42 --priority 1',
      'jrctl tasks set 42 43 --assign "Research Jr."',
      'jrctl tasks set 42 --unassign --at now',
      "jrctl tasks set 42 --channel ''",
    ],
    details: 'An empty text takes a channel, a score or a campaign away.',
  })
  addTaskOptions(set, { isNew: false })
    .option('--title <text>', 'another title')
    .option('--unassign', 'take the Jr away')
    .addArgument(ids())
    .action(async (which, options: object) =>
      finish(await (await import('./tasks/set.ts')).set(cli, which, options)),
    )

  addSubcommand(parser, 'import', {
    summary: "Add the tasks of a file, JSONL or CSV with the columns' names: all of them or none",
    examples: [
      'jrctl tasks import tasks.jsonl',
      'jrctl tasks import tasks.csv',
      'generate | jrctl tasks import - --format jsonl',
    ],
  })
    .argument('<file>', 'the file; - for stdin', filePath)
    .option(
      '--format <format>',
      "jsonl or csv; by default by the file's name, else its first character",
      oneOf(['jsonl', 'csv']),
    )
    .action(async (file: string, options: object) =>
      finish(await (await import('./tasks/import.ts')).importTasks(cli, file, options)),
    )
}

function addReading(parser: Command, cli: Cli, finish: Finish): void {
  addSubcommand(parser, 'list', {
    summary: 'List tasks, newest first, with long texts cut and without results (see show)',
    examples: [
      'jrctl tasks list',
      'jrctl tasks list --status failed,retry --jr "Research Jr."',
      'jrctl tasks list --channel instagram --campaign Spring',
      'jrctl tasks list --search licence --limit 20 --json',
    ],
  })
    .option(
      '--status <statuses>',
      `only these, comma-separated: ${taskStatuses.join(', ')}`,
      listOf(taskStatuses),
    )
    .option('--jr <jr>', 'only those of this Jr')
    .option('--search <text>', 'only those with this in title or Jr')
    .option('--channel <channel>', 'only those of this channel, however it is spelt')
    .option('--campaign <campaign>', 'only those of this campaign, by number or name')
    .option('--limit <count>', 'at most so many (1–1000)', integer(1, 1000), 50)
    .option('--before <id>', 'only ids below this one, to page on', taskIdValue)
    .action(async (options: object) => finish(await (await import('./tasks/list.ts')).list(cli, options)))

  addSubcommand(parser, 'show', {
    summary: 'Show a task with its attempts and its result',
    examples: ['jrctl tasks show 42', 'jrctl tasks show 42 --json | jq .task.result'],
  })
    .addArgument(id())
    .action(async (which) => finish(await (await import('./tasks/show.ts')).show(cli, which)))

  addSubcommand(parser, 'watch', {
    summary: 'Follow a task to its end, or all tasks until interrupted',
    examples: ['jrctl tasks watch', 'jrctl tasks watch 42 && echo done'],
    details: 'Exit code of one that is followed: 0 when it was completed, 1 when it failed or was cancelled.',
  })
    .addArgument(
      new Argument('[id]', 'the task’s id; without one all tasks are followed').argParser(taskIdValue),
    )
    .action(async (which) => finish(await (await import('./tasks/watch.ts')).watch(cli, which)))
}

function addEnding(parser: Command, cli: Cli, finish: Finish): void {
  addSubcommand(parser, 'cancel', {
    summary: 'Cancel tasks; a running one is stopped',
    examples: ['jrctl tasks cancel 42', 'jrctl tasks cancel 42 43 --reason "asked twice"'],
  })
    .option('--reason <text>', 'why, for the ledger')
    .addArgument(ids())
    .action(async (which, options: object) =>
      finish(await (await import('./tasks/cancel.ts')).cancel(cli, which, options)),
    )

  addSubcommand(parser, 'retry', {
    summary: 'Make finished tasks ready again; waiting ones ready now',
    examples: ['jrctl tasks retry 42', 'jrctl tasks retry 42 43 44', 'jrctl tasks retry 42 --again'],
  })
    .option('--again', 'completed ones as well: they are done anew, and their results dropped')
    .addArgument(ids())
    .action(async (which, options: object) =>
      finish(await (await import('./tasks/retry.ts')).retry(cli, which, options)),
    )
}
