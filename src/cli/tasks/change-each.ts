import type { TaskChangeView } from '../../contract/outputs.ts'
import type { TaskId } from '../../domain/ids.ts'
import { exitCode, UserError, type ExitCode } from '../../errors.ts'
import type { Cli } from '../command.ts'
import { saidBack } from '../time-options.ts'

/**
 * Changes tasks one after the other and tells each outcome. One id that is refused does not keep the others from their
 * change; the exit code is the first refusal's. A single id's refusal is simply thrown.
 */
export async function changeEach(
  cli: Cli,
  ids: readonly TaskId[],
  done: string,
  change: (id: TaskId) => Promise<TaskChangeView | undefined>,
): Promise<ExitCode> {
  const results: object[] = []
  let code: ExitCode = exitCode.ok
  for (const id of ids) {
    try {
      const answer = await change(id)
      results.push({ id, changed: answer?.changed ?? false, task: answer?.task ?? null })
      if (!cli.options.json) cli.output.line(sentence(id, done, answer, cli.clock.wallMs()))
    } catch (error) {
      if (!(error instanceof UserError) || ids.length === 1) throw error
      code = code === exitCode.ok ? error.exit : code
      results.push({ id, error: { message: error.message, hint: error.hint ?? null } })
      if (!cli.options.json) cli.output.note(`jrctl: ${error.message}`)
    }
  }
  if (cli.options.json) cli.output.json({ results })
  return code
}

function sentence(id: TaskId, done: string, answer: TaskChangeView | undefined, nowMs: number): string {
  if (!answer?.changed) return `Task ${id} was so before; nothing has changed.`
  const { scheduledAt } = answer.task
  const when =
    answer.task.status === 'scheduled' && scheduledAt !== null ? ` for ${saidBack(scheduledAt, nowMs)}` : ''
  const status = answer.task.status.replace('_', ' ') + when
  return done === status ? `Task ${id} is ${status}.` : `Task ${id} was ${done}; it is ${status}.`
}
