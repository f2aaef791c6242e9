import { hash } from 'node:crypto'
import { parseAttemptKey, type AttemptKey } from '../../domain/attempt-key.ts'
import type { AttemptKeys, KeyedAttempt } from '../../ports/attempt-keys.ts'
import type { StaleReason } from '../../ports/task-queue.ts'
import type { Caller } from '../caller.ts'
import { Refusal } from '../refusal.ts'
import type { Presence } from './presence.ts'

export type ShownAttempt = KeyedAttempt & { keyHash: string }

/** The attempt whose key the caller shows. It lives, whatever becomes of what it asks. Throws a Refusal (401). */
export async function shownAttempt(
  keys: AttemptKeys,
  presence: Presence,
  caller: Caller,
): Promise<ShownAttempt> {
  const key = caller.bearer === null ? undefined : parseAttemptKey(caller.bearer)
  if (key === undefined) throw unknownKey(caller.bearer === null)
  const keyHash = keyHashOf(key)
  const found = await keys.find({ taskId: key.taskId, keyHash })
  if (found === null) throw unknownKey(false)
  if (found.outcome === null) await presence.seen(found.lease.instanceId, found.jrName)
  return { ...found, keyHash }
}

/** By which the queue knows it. */
export function keyHashOf({ secret }: AttemptKey): string {
  return hash('sha256', secret, 'hex')
}

function unknownKey(isMissing: boolean): Refusal {
  return new Refusal(
    401,
    'attempt.key_unknown',
    isMissing ? 'This needs an attempt key' : 'No attempt has this key',
    'Send the key that /v1/attempts/claim gave with the attempt: Authorization: Bearer KEY',
  )
}

const staleWords: Record<StaleReason, string> = {
  expired: 'its lease expired, and the task goes to somebody else',
  cancelled: 'the task was cancelled',
  foreign: 'another program ended it',
  superseded: 'somebody else has the task since',
  recorded: 'it has ended already',
  unknown: 'it is not known any more',
}

/** The refusal (409) of whoever has lost its attempt. */
export function staleAttempt({ lease, attempt, outcome }: KeyedAttempt, reason: StaleReason): Refusal {
  const had = outcome === 'completed' || outcome === 'failed' || outcome === 'retry' || outcome === 'released'
  const why = had ? `it has ended already: ${outcome}` : staleWords[reason]
  return new Refusal(
    409,
    `attempt.${reason}`,
    `Attempt ${attempt} of task ${lease.taskId} is not yours any more: ${why}`,
    'Stop working on it; nothing more is taken from it.',
  )
}
