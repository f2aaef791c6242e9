import type { Cli } from './command.ts'
import { createParser, runParser } from './parser.ts'
import { exitCode } from '../errors.ts'

/** Shows the help or throws for what `status` does not take; true when there was nothing to refuse. */
export async function acceptStatusOptions(cli: Cli): Promise<boolean> {
  let accepted = false
  const parser = createParser({
    name: 'status',
    summary: 'Show the daemon, the queue, the positions with their shares, and the workers',
    examples: ['jrctl status', 'jrctl status --json', 'watch -c jrctl status'],
  })
  parser.action(() => {
    accepted = true
  })
  await runParser(parser, cli, () => exitCode.ok)
  return accepted
}
