import { OperationalError } from '../../errors.ts'
import type { Cli } from '../command.ts'

/** Rules that rest, until when (epoch milliseconds); null: no daemon answers that would know. */
export async function restsOf(cli: Cli): Promise<Readonly<Record<string, number>> | null> {
  const client = await cli.client()
  try {
    const { rests } = await client.call('orchestratorStatus', {})
    return rests
  } catch (error) {
    if (isAway(error)) return null
    throw error
  }
}

function isAway(error: unknown): boolean {
  return error instanceof OperationalError && error.code.startsWith('daemon.')
}
