import { OperationalError } from '../../errors.ts'
import type { Cli } from '../command.ts'

/** What a daemon knows of its rules. */
export interface KnownOfRules {
  /** Rules that rest, until when (epoch milliseconds). */
  rests: Readonly<Record<string, number>>
  /** Rules that fail and so do nothing, with the reason. */
  broken: Readonly<Record<string, string>>
}

/** Null: no daemon answers that would know. */
export async function knownOfRules(cli: Cli): Promise<KnownOfRules | null> {
  const client = await cli.client()
  try {
    const { rests, cycle } = await client.call('orchestratorStatus', {})
    return {
      rests,
      broken: Object.fromEntries((cycle.broken ?? []).map(({ rule, reason }) => [rule, reason])),
    }
  } catch (error) {
    if (isAway(error)) return null
    throw error
  }
}

function isAway(error: unknown): boolean {
  return error instanceof OperationalError && error.code.startsWith('daemon.')
}
