import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { apiLimits } from '../../contract/routes.ts'
import { taskLimits } from '../../domain/task.ts'
import { exitCode, UserError, type ExitCode } from '../../errors.ts'
import type { Cli } from '../command.ts'
import { count } from '../../text/format.ts'
import { readText } from '../read-text.ts'
import { tasksOf, type LineProblem } from './import-rows.ts'
import { formatOf, rowsOf, type Format } from './rows.ts'

/** More would scroll the first ones away. */
const problemsShown = 20

/** Adds all tasks of a file at once, or none of them with every bad line named. */
export async function importTasks(cli: Cli, file: string, options: { format?: Format }): Promise<ExitCode> {
  const name = file === '-' ? 'stdin' : file
  const text = await readText({
    stream: file === '-' ? cli.stdin : createReadStream(resolve(cli.cwd, file)),
    name,
    bytesMax: apiLimits.bodyBytes,
    tooLargeHint: 'Nothing was added. Split the file.',
  })
  const { tasks, problems } = tasksOf(rowsOf(text, options.format ?? formatOf(file, text)))
  if (problems.length > 0) throw badLines(name, problems)
  if (tasks.length === 0)
    throw new UserError(`${name} holds no task`, { hint: 'See: jrctl tasks import --help' })
  if (tasks.length > taskLimits.importRows) {
    throw new UserError(
      `${name} holds ${tasks.length} tasks; at most ${taskLimits.importRows} are taken at a time`,
      {
        hint: 'Nothing was added. Split the file.',
      },
    )
  }
  const answer = await (await cli.client()).call('addTasks', { tasks })
  if (cli.options.json) cli.output.json(answer)
  else cli.output.line(`${count(answer.ids.length, 'task')} added: ${rangeOf(answer.ids)}.`)
  return exitCode.ok
}

function badLines(name: string, problems: readonly LineProblem[]): UserError {
  const shown = problems.slice(0, problemsShown).map(({ line, problem }) => `${name}:${line}: ${problem}`)
  const rest = problems.length - shown.length
  return new UserError([...shown, ...(rest > 0 ? [`… and ${rest} more`] : [])].join('\n'), {
    hint: `Nothing was added: ${count(problems.length, 'bad line')}.`,
  })
}

function rangeOf(ids: readonly number[]): string {
  const [first, last] = [ids[0], ids.at(-1)]
  return ids.length > 1 ? `${first} to ${last}` : String(first)
}
