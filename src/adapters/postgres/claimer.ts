import { performance } from 'node:perf_hooks'
import { OperationalError } from '../../errors.ts'
import type { Claimed, ClaimRequest } from '../../ports/task-queue.ts'
import type { Database } from './connect.ts'
import { claim, linesOf, type Place } from './sql/claim.ts'
import { firstInLine } from './sql/first-in-line.ts'

/** When claims begin elsewhere than at the head of their lines. */
export interface ClaimerLimits {
  /** A way over more entries of the index than this is long. */
  longWay: number
  /** So many tasks claimed may lie dead in the way by now: it is looked how long that takes. */
  lookAfterTasks: number
}

export const claimerLimits: ClaimerLimits = { longWay: 300, lookAfterTasks: 500 }

/** A claim that takes longer than this and so much a task is followed by a look, whoever claimed what is dead. */
const slowMs = 5
const slowRowMs = 0.2
/** Looks may take this part of the time, where they are long. */
const lookShare = 0.05

/**
 * Claims that stay fast under somebody's old transaction. Claimed tasks leave the index of ready ones only when they may be
 * vacuumed; until then a claim that begins at the head of a line walks over all that was claimed since. Now and then it is
 * **looked** where the lines really begin, and what the way there costs. Where that is long, claims begin at the place that the last
 * look or claim has found, and the next look comes just so soon that looks take a twentieth of the time: meanwhile a task
 * that comes to stand before that place waits for it (urgent ones never do). A claim that finds too little looks at once.
 */
export function createClaimer(
  db: Database,
  { longWay, lookAfterTasks } = claimerLimits,
  nowMs = () => performance.now(),
): (request: ClaimRequest) => Promise<Claimed[]> {
  const starts = new Map<string, Place>()
  let claimedSince = 0
  let wasSlow = false
  let isLong = false
  let lookDueMs = 0

  async function claimFrom(places: ReadonlyMap<string, Place>, request: ClaimRequest): Promise<Claimed[]> {
    const beganMs = nowMs()
    const { claimed, ends } = await claim(db, request, places)
    for (const [line, place] of ends) starts.set(line, place)
    claimedSince += claimed.length
    wasSlow ||= nowMs() - beganMs > slowMs + slowRowMs * claimed.length
    return claimed
  }

  /** Whether there is a task without urgency to claim; null: the way is longer than a statement may take. */
  /** Whether there is a task without urgency to claim; null: the way is longer than a statement may take. */
  async function look(lines: readonly string[]): Promise<boolean | null> {
    const beganMs = nowMs()
    const found = await firstInLine(db, lines).catch(unlessEndless)
    const foundMs = nowMs()
    lookDueMs = foundMs + (foundMs - beganMs) / lookShare
    claimedSince = 0
    wasSlow = false
    isLong = found === null || found.walked > longWay
    if (found === null) return null
    for (const [line, place] of found.places) {
      if (place === null) starts.delete(line)
      else starts.set(line, place)
    }
    return found.places.size > 0
  }

  /** Where another place to begin at is known, a look that ends for its length stops no claim. */
  function unlessEndless(error: unknown): null {
    if (starts.size > 0 && error instanceof OperationalError && error.code === 'db.timeout') return null
    throw error
  }

  return async (request) => {
    const lines = linesOf(request)
    const isDue = isLong ? nowMs() >= lookDueMs : wasSlow || claimedSince >= lookAfterTasks
    if (isDue) await look(lines)
    if (!isLong) return claimFrom(fromTheHead, request)
    const claimed = await claimFrom(starts, request)
    const missing = request.keyHashes.slice(claimed.length)
    if (missing.length === 0 || (await look(lines)) !== true) return claimed
    return [...claimed, ...(await claimFrom(starts, { ...request, keyHashes: missing }))]
  }
}

const fromTheHead: ReadonlyMap<string, Place> = new Map()
