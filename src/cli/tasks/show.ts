import type { TaskDetailView } from '../../contract/outputs.ts'
import type { TaskId } from '../../domain/ids.ts'
import type { Task } from '../../domain/task.ts'
import { sanitize } from '../../domain/sanitize.ts'
import { exitCode, type ExitCode } from '../../errors.ts'
import type { Cli } from '../command.ts'
import type { Output } from '../output.ts'
import { safe } from '../../text/fit.ts'
import { errorTitle, statusMore, taskFacts } from '../../text/task-facts.ts'
import { attemptLines } from './attempts.ts'
import { taskStyle } from './task-style.ts'

export async function show(cli: Cli, id: TaskId): Promise<ExitCode> {
  const detail = await (await cli.client()).call('getTask', { id })
  if (cli.options.json) cli.output.json(detail)
  else for (const line of taskLines(detail, cli.output, cli.clock.wallMs())) cli.output.line(line)
  return exitCode.ok
}

/** The report of a task, for a person. */
export function taskLines(
  { task, attempts, finishedBy, campaignName }: TaskDetailView,
  output: Output,
  nowMs: number,
): string[] {
  const label = (text: string) => output.style('dim', text.padEnd(12))
  const known = { finishedBy: finishedBy ?? null, campaignName: campaignName ?? null }
  const facts = taskFacts(task, known, nowMs).map(([name, value]) => `  ${label(name)}${value}`)
  return [
    output.style('bold', `Task ${task.id}  ${safe(task.title)}`),
    `  ${label('status')}${output.style(taskStyle(task.status), task.status)}${statusMore(task)}`,
    ...facts,
    ...section(output, 'Description', task.description),
    ...section(output, errorTitle(task), task.error),
    ...section(output, 'Result', task.result === null ? null : resultText(task.result)),
    ...attemptLines(attempts, output, nowMs),
  ]
}

/** A result is shown whole up to here; `--json` has it all. */
const shownCharacters = 20_000

function resultText(result: Task['result']): string {
  return typeof result === 'string' ? result : JSON.stringify(result, null, 2)
}

function section(output: Output, title: string, text: string | null): string[] {
  if (text === null || text.trim() === '') return []
  const lines = sanitize(text, { multiline: true, lengthMax: shownCharacters }).split('\n')
  return ['', output.style('bold', title), ...lines.map((line) => `  ${line}`)]
}
