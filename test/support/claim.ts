import type { AttemptQueue, Claimed, ClaimRequest } from '../../src/ports/task-queue.ts'

/** Claims one task; null when none is ready. */
export async function claimOne(
  queue: Pick<AttemptQueue, 'claim'>,
  request: Omit<ClaimRequest, 'keyHashes'>,
): Promise<Claimed | null> {
  const [claimed] = await queue.claim({ ...request, keyHashes: ['f'.repeat(64)] })
  return claimed ?? null
}
