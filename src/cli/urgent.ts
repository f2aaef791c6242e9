import { Argument } from 'commander'
import type { UrgentView } from '../contract/outputs.ts'
import type { TaskId } from '../domain/ids.ts'
import { exitCode, type ExitCode } from '../errors.ts'
import type { Cli } from './command.ts'
import { blockerWords } from '../text/blocker-words.ts'
import { number, percent } from '../text/format.ts'
import { saidBack } from './time-options.ts'
import { taskIdValue } from './option-values.ts'
import { createParser, runParser } from './parser.ts'

/** `jrctl urgent ID [--undo]`: answers with the new position. */
export async function run(cli: Cli): Promise<ExitCode> {
  const parser = createParser({
    name: 'urgent',
    summary: 'Put a task before all others, at once',
    examples: ['jrctl urgent 42', 'jrctl urgent 42 --undo', 'jrctl urgent 42 --json'],
  })
    .addArgument(new Argument('<id>', 'the task’s id, such as 42').argParser(taskIdValue))
    .option('--undo', 'take it back')
    .action(async (id: TaskId, { undo }: { undo?: boolean }) => {
      const answer = await (await cli.client()).call('urgentTask', { id, undo: undo === true })
      if (cli.options.json) cli.output.json(answer)
      else cli.output.line(sentence(id, answer, { undo: undo === true, nowMs: cli.clock.wallMs() }))
    })
  return runParser(parser, cli, () => exitCode.ok)
}

function sentence(
  id: TaskId,
  { changed, task, position, closedUntil = null, blocker = null }: UrgentView,
  { undo, nowMs }: { undo: boolean; nowMs: number },
): string {
  const now = undo ? 'no longer urgent' : 'urgent'
  const state = changed ? `is ${now}` : `was ${now} already`
  if (position) {
    const rate = `${percent(position.capacityPct)}, ${number(position.ratePerMinute)} a minute`
    return `Task ${id} ${state}: position ${position.position} (${rate}).`
  }
  if (task.status === 'in_progress') return `Task ${id} ${state}; its position is not known yet.`
  if (undo) return `Task ${id} ${state}.`
  if (closedUntil !== null) {
    const opens = saidBack(closedUntil, nowMs)
    return `Task ${id} ${state}, and will be the first of its channel: its window is strict and closed until ${opens}.`
  }
  if (blocker !== null) return `Task ${id} ${state}, but nobody can claim it now. ${blockerWords(blocker)}`
  return `Task ${id} ${state}: it is ${task.status} and will be claimed next.`
}
