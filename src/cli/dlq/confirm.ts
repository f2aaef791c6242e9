import { createInterface } from 'node:readline'
import { UserError } from '../../errors.ts'
import type { Cli } from '../command.ts'

/**
 * Asks a person; `isSeen` says that one is there. Where nobody is, what is `needed` to be confirmed is refused, and the rest goes
 * on: a script that replays has said so.
 */
export async function confirm(
  cli: Cli,
  question: string,
  { isSeen, needed }: { isSeen: boolean; needed: boolean },
): Promise<boolean> {
  if (!isSeen) {
    if (!needed) return true
    throw new UserError('this deletes for good, and nobody is there to be asked', {
      hint: 'Look with --dry-run, then say --yes.',
    })
  }
  cli.output.note(`${question} [y/N]`)
  const yes = /^y(es)?$/i.test((await answer(cli)).trim())
  if (!yes) cli.output.note('Nothing was changed.')
  return yes
}

function answer({ stdin }: Cli): Promise<string> {
  const lines = createInterface({ input: stdin })
  return new Promise((resolve) => {
    lines.once('line', (line) => {
      resolve(line)
      lines.close()
    })
    lines.once('close', () => resolve(''))
  })
}
