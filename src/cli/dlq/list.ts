import { exitCode, type ExitCode } from '../../errors.ts'
import { count } from '../../text/format.ts'
import type { Cli } from '../command.ts'
import { atDesk } from './desk.ts'
import { filterOf, type FilterOptions } from './options.ts'
import { letterLines } from './rows.ts'

/** `jrctl dlq list` */
export async function list(cli: Cli, options: FilterOptions & { limit: number }): Promise<ExitCode> {
  const nowMs = cli.clock.wallMs()
  const filter = { ...filterOf(options, nowMs), limit: options.limit }
  const answer = await atDesk(cli, (desk) => desk.call('listDeadLetters', filter))
  const { letters, nextBefore, copyBecause } = answer
  if (cli.options.json) cli.output.json(answer)
  else if (letters.length > 0)
    for (const line of await letterLines(letters, cli.output, nowMs)) cli.output.line(line)
  else cli.output.note('No dead letter matches.')
  if (copyBecause !== null)
    cli.output.note(`This is this node's copy, since the queue does not answer: ${copyBecause}`)
  else if (nextBefore !== null)
    cli.output.note(
      `There ${options.limit === 1 ? 'is' : 'are'} more than ${count(options.limit, 'letter')}: see them with --limit, or filter.`,
    )
  return exitCode.ok
}
