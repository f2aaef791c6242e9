import { BugError } from '../errors.ts'
import type { Lease } from '../domain/task.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { AttemptQueue, Claimed, ClaimRequest } from '../ports/task-queue.ts'
import { newAttemptKeys } from './attempt-keys.ts'

export interface ClaimerOptions {
  queue: Pick<AttemptQueue, 'claim' | 'releaseUnheld'>
  random: Random
  logger: Logger
  request: Omit<ClaimRequest, 'keyHashes'>
  /** The leases of all attempts that we know of, now. */
  held(): readonly Lease[]
}

/** A claimed task and the secret of its attempt. */
export interface KeyedClaim {
  claimed: Claimed
  attemptKey: string
}

export interface Claimer {
  /** Claims at most so many tasks. One call at a time. Throws when the queue does not answer. */
  claim(count: number): Promise<KeyedClaim[]>
  /** Gives back what a claim whose answer was lost may have taken; nothing when there was none. Throws like `claim`. */
  releaseUnheard(): Promise<void>
}

/**
 * Claims, and sees to it that a lost answer costs no lease time: a claim that failed may have claimed (its commit may have
 * been done when the connection broke), so before the next one all attempts of ours that we do not know of are given back.
 */
export function createClaimer(options: ClaimerOptions): Claimer {
  const { queue, request } = options
  let inDoubt = false

  const releaseUnheard = async (): Promise<void> => {
    if (!inDoubt) return
    const count = await queue.releaseUnheld(request.instanceId, options.held())
    inDoubt = false
    if (count > 0) options.logger.info({ count }, 'gave back tasks whose claim was not answered')
  }

  return {
    async claim(count) {
      await releaseUnheard()
      const keys = newAttemptKeys(options.random, count)
      inDoubt = true
      const claims = await queue.claim({ ...request, keyHashes: [...keys.keys()] })
      inDoubt = false
      return claims.map((claimed) => ({ claimed, attemptKey: keyOf(claimed, keys) }))
    },
    releaseUnheard,
  }
}

function keyOf({ keyHash, task }: Claimed, keys: ReadonlyMap<string, string>): string {
  const key = keys.get(keyHash)
  if (key === undefined) throw new BugError(`task ${task.id} was claimed under a key that was not offered`)
  return key
}
