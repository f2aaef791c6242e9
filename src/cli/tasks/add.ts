import { exitCode, UserError, type ExitCode } from '../../errors.ts'
import type { Cli } from '../command.ts'
import { saidBack } from '../time-options.ts'
import { fieldsOf, type TaskOptions } from './options.ts'

export async function add(cli: Cli, title: string, options: TaskOptions): Promise<ExitCode> {
  const client = await cli.client()
  const nowMs = cli.clock.wallMs()
  const task = {
    title,
    source: 'cli',
    ...fieldsOf(options, nowMs),
    ...(options.urgent ? { urgent: true } : {}),
  }
  const answer = await client.call('addTasks', { tasks: [task] }).catch(withoutIndex)
  if (cli.options.json) cli.output.json(answer)
  else cli.output.line(`Task ${answer.ids.join()} added${whenWords(task.scheduledAt, nowMs)}.`)
  return exitCode.ok
}

/** Times are local unless they say otherwise, and a person reads here which clock that was. */
function whenWords(scheduledAt: number | null | undefined, nowMs: number): string {
  if (typeof scheduledAt !== 'number') return ''
  const when = saidBack(scheduledAt, nowMs)
  return scheduledAt > nowMs
    ? `, not before ${when}`
    : `; its time has passed, ${when}, so that it is ready now`
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
