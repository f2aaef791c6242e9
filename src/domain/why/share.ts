import { duration } from '../duration-words.ts'
import type { TaskId } from '../ids.ts'
import { blocks, tells, type Reason } from './reason.ts'
import type { ShareStanding } from './standing.ts'

/** What a task at work may use of the LLM, and whether it waits for it. */
export function shareReasons(share: ShareStanding, id: TaskId): Reason[] {
  return [...waitReasons(share, id), tells('share', `${rateWords(share)}; ${bucketWords(share)}.`)]
}

function waitReasons({ waiting = 0, waitMs, position, capacityPct }: ShareStanding, id: TaskId): Reason[] {
  if (waiting === 0) return []
  const requests = waiting === 1 ? '1 request' : `${waiting} requests`
  const soon = waitMs === undefined || waitMs === null ? '' : `, the first for about ${duration(waitMs)} more`
  const sentence = `It waits for the LLM's capacity: ${requests}${soon}; position ${position} has ${short(capacityPct)} %.`
  return [
    blocks('capacity_wait', sentence, position === 1 ? null : `Let it go first with: jrctl urgent ${id}`),
  ]
}

function rateWords({ capacityPct, ratePerMinute, bucket }: ShareStanding): string {
  const rate = `Its share of the LLM is ${short(capacityPct)} %, ${short(ratePerMinute)} a minute`
  return bucket === 'common' ? `${rate}, and what others leave unused` : rate
}

function bucketWords({ ratePerMinute, tokens, burst, bucket = 'own' }: ShareStanding): string {
  const held = `${short(tokens)} of ${short(burst)} tokens are in`
  if (bucket === 'elsewhere') return 'the node that works on it keeps its bucket'
  if (bucket === 'common')
    return tokens < 0
      ? `the bucket that all tasks of this node share owes ${short(-tokens)} tokens, so that nobody is given any before they have come in`
      : `${held} the bucket that all tasks of this node share`
  const waitMs = ratePerMinute > 0 && tokens < 1 ? ((1 - tokens) / ratePerMinute) * 60_000 : 0
  return waitMs > 0
    ? `its bucket is empty, the next token comes in ${duration(waitMs)}`
    : `${held} its bucket`
}

/** `60,000`, `12.5`, `0.78`; far down the order shares are small, but never nothing. */
function short(value: number): string {
  if (value > 0 && value < 0.01) return 'less than 0.01'
  const [whole = '', fraction] = String(Number(value.toFixed(value >= 10 ? 1 : 2))).split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}
