import type { TaskId } from '../../domain/ids.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Presence } from '../attempts/presence.ts'
import type { AttemptServices } from '../attempts/services.ts'
import { shownAttempt, staleAttempt } from '../attempts/shown-attempt.ts'
import type { Caller } from '../caller.ts'

/** Who uses the bus: an attempt that shows its key, or whoever may open the owner's socket. */
export interface BusCallers {
  /** Throws a Refusal: 401 for a key that is none, 409 for one whose attempt has ended. */
  callerOf(by: string, caller: Caller): Promise<BusCaller>
}

export interface BusCaller {
  /** As those who hear of it are told: `jr:Research Jr. task:42`, proven by its key, or `… (self-declared)`. */
  from: string
  /** Of the attempt that asks; null: it is no attempt. */
  taskId: TaskId | null
}

/** For so long an attempt that was found counts as open: a talkative worker must not ask the database at each word. */
const trustedMs = 1_000
/** Keys that are trusted at a time. */
const trustedMax = 1_000

export function createBusCallers(
  { keys }: Pick<AttemptServices, 'keys'>,
  presence: Presence,
  clock: Clock,
): BusCallers {
  const trusted = new Map<string, { found: Promise<BusCaller>; untilMs: number }>()

  function trust(bearer: string, found: Promise<BusCaller>): Promise<BusCaller> {
    if (trusted.size >= trustedMax) trusted.clear()
    trusted.set(bearer, { found, untilMs: clock.monotonicMs() + trustedMs })
    // What failed may be asked again at once.
    found.catch(() => trusted.delete(bearer))
    return found
  }

  async function find(caller: Caller): Promise<BusCaller> {
    const attempt = await shownAttempt(keys, presence, caller)
    if (attempt.outcome !== null) throw staleAttempt(attempt, 'recorded')
    const { taskId } = attempt.lease
    return { from: `jr:${attempt.jrName} task:${taskId}`, taskId }
  }

  return {
    callerOf(by, caller) {
      const { bearer } = caller
      if (bearer === null) return Promise.resolve({ from: by, taskId: null })
      const known = trusted.get(bearer)
      if (known !== undefined && known.untilMs > clock.monotonicMs()) return known.found
      return trust(bearer, find(caller))
    },
  }
}
