import type { DeadLetterView } from '../../contract/outputs.ts'
import type { DeadLetterId } from '../../domain/dead-letter.ts'
import { sanitize } from '../../domain/sanitize.ts'
import type { Json } from '../../domain/task.ts'
import { exitCode, type ExitCode } from '../../errors.ts'
import { safe } from '../../text/fit.ts'
import { letterFacts, letterHead } from '../../text/letter-facts.ts'
import type { Cli } from '../command.ts'
import type { Output } from '../output.ts'
import { attemptLines } from '../tasks/attempts.ts'
import { atDesk } from './desk.ts'

/** `jrctl dlq show ID` */
export async function show(cli: Cli, id: DeadLetterId): Promise<ExitCode> {
  const view = await atDesk(cli, (desk) => desk.call('getDeadLetter', { id }))
  if (cli.options.json) cli.output.json(view)
  else for (const line of letterReport(view, cli.output, cli.clock.wallMs())) cli.output.line(line)
  return exitCode.ok
}

/** All that is known of a letter, for a person. */
export function letterReport(
  { letter, task, attempts }: DeadLetterView,
  output: Output,
  nowMs: number,
): string[] {
  const label = (text: string) => output.style('dim', text.padEnd(14))
  return [
    output.style('bold', `${letterHead(letter)}  ${safe(letter.title)}`),
    ...letterFacts(letter, nowMs).map(([name, value]) => `  ${label(name)}${value}`),
    ...section(output, 'Error', task?.error ?? letter.error),
    ...section(output, 'Payload', textOf(task?.description ?? letter.payload)),
    ...section(output, 'Result', textOf(task?.result ?? null)),
    ...attemptLines(attempts, output, nowMs),
  ]
}

/** Shown whole up to here; `--json` has it all. */
const shownCharacters = 20_000

function textOf(value: Json): string | null {
  if (value === null) return null
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2)
}

function section(output: Output, title: string, content: string | null): string[] {
  if (content === null || content.trim() === '') return []
  const lines = sanitize(content, { multiline: true, lengthMax: shownCharacters }).split('\n')
  return ['', output.style('bold', title), ...lines.map((line) => `  ${line}`)]
}
