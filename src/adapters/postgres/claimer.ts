import { performance } from 'node:perf_hooks'
import { OperationalError } from '../../errors.ts'
import type { Claimed, ClaimRequest } from '../../ports/task-queue.ts'
import type { Database } from './connect.ts'
import { claim, type Claim, type Place } from './sql/claim.ts'

/** What a claim costs beside what it finds, on a busy machine: above this the head of the line must be long dead. */
const usualMs = 5
const rowMs = 0.2
/** A single slow claim may be the machine's doing. */
const slowMeans = 2
/** Claims from the head of the line may take this part of the time, where they are slow. */
const headShare = 0.1

/**
 * Claims that stay fast under somebody's old transaction. Claimed tasks leave the index of ready ones only when they may be
 * vacuumed; until then a claim that begins at the head of a line walks over all that was claimed since. Where that takes
 * long, claims begin where the last one ended, and look from the head just so often that it takes a tenth of the time:
 * meanwhile a task that comes to stand before that place waits for the next such look (urgent ones never do). A claim that
 * finds too little always looks again from the head.
 * @param claimMs what counts as fast
 */
export function createClaimer(
  db: Database,
  claimMs = usualMs,
): (request: ClaimRequest) => Promise<Claimed[]> {
  const starts = new Map<string, Place>()
  let slowInARow = 0
  let headDueMs = 0

  async function fromTheHead(request: ClaimRequest): Promise<Claim> {
    const beganMs = performance.now()
    let count = 0
    try {
      const found = await claim(db, request)
      count = found.claimed.length
      return found
    } finally {
      const nowMs = performance.now()
      const tooMs = nowMs - beganMs - claimMs - rowMs * count
      slowInARow = tooMs > 0 ? slowInARow + 1 : 0
      headDueMs = nowMs + tooMs / headShare
    }
  }

  /** Null: it took longer than a statement may, and there is another place to begin at. */
  const fromTheHeadUnlessEndless = (request: ClaimRequest): Promise<Claim | null> =>
    fromTheHead(request).catch((error: unknown) => {
      if (starts.size > 0 && error instanceof OperationalError && error.code === 'db.timeout') {
        slowInARow = slowMeans
        return null
      }
      throw error
    })

  return async (request) => {
    const isHeadCheap = slowInARow < slowMeans
    if (isHeadCheap || performance.now() >= headDueMs) {
      const found = await fromTheHeadUnlessEndless(request)
      if (found !== null) {
        for (const [line, place] of found.ends) starts.set(line, place)
        return found.claimed
      }
    }
    const { claimed, ends } = await claim(db, request, starts)
    for (const [line, place] of ends) starts.set(line, place)
    const missing = request.keyHashes.slice(claimed.length)
    if (missing.length === 0) return claimed
    const more = await fromTheHeadUnlessEndless({ ...request, keyHashes: missing })
    return [...claimed, ...(more?.claimed ?? [])]
  }
}
