import type { Inputs } from '../../contract/inputs.ts'
import type { Outputs } from '../../contract/outputs.ts'
import { OperationalError } from '../../errors.ts'
import type { Cli } from '../command.ts'

export type DeadLetterRoute =
  'listDeadLetters' | 'lookDeadLetters' | 'getDeadLetter' | 'replayDeadLetters' | 'purgeDeadLetters'

/** Who answers about dead letters: the daemon, or the same handlers in this process. */
export interface DeadLetterDesk {
  call<Name extends DeadLetterRoute>(name: Name, input: Inputs[Name]): Promise<Outputs[Name]>
}

/** Works at the daemon's desk, or when it is out of reach, at one over the database, where only tasks are known. */
export async function atDesk<T>(cli: Cli, work: (desk: DeadLetterDesk) => Promise<T>): Promise<T> {
  const client = await cli.client()
  try {
    await client.call('health', {})
  } catch (error) {
    const isAway = error instanceof OperationalError && error.code.startsWith('daemon.')
    if (!isAway) throw error
    cli.output.note('No daemon answers here: asking the database itself, which knows of tasks only.')
    return cli.local.deadLetters(work)
  }
  return work(client)
}
