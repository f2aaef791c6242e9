import { exitCode, UserError, type ExitCode } from '../../errors.ts'
import type { Cli } from '../command.ts'
import { fieldsOf, type TaskOptions } from './options.ts'

export async function add(cli: Cli, title: string, options: TaskOptions): Promise<ExitCode> {
  const client = await cli.client()
  const task = {
    title,
    source: 'cli',
    ...fieldsOf(options, cli.clock.wallMs()),
    ...(options.urgent ? { urgent: true } : {}),
  }
  const answer = await client.call('addTasks', { tasks: [task] }).catch(withoutIndex)
  if (cli.options.json) cli.output.json(answer)
  else cli.output.line(`Task ${answer.ids.join()} added.`)
  return exitCode.ok
}

/** The API names which of several tasks it refuses; here there is but one. */
function withoutIndex(error: unknown): never {
  if (!(error instanceof UserError)) throw error
  const { exit, hint } = error
  throw new UserError(error.message.replaceAll('tasks[0].', ''), {
    exit,
    ...(hint ? { hint } : {}),
    cause: error,
  })
}
