import type { ApiClient } from '../../src/client/client.ts'
import type { Change, ChangeKind, ChangeType, Outcome } from './change.ts'
import { types } from './types.ts'

/** Asks the daemon for it. Throws what the daemon answers instead. */
export async function perform(
  client: Pick<ApiClient, 'call'>,
  change: Change,
  signal: AbortSignal,
): Promise<Outcome> {
  const type: ChangeType<ChangeKind> = types[change.kind]
  return { ...(await type.do(client, change, signal)), change }
}
