import type { ApiClient, EventPlace } from '../src/client/client.ts'
import type { ServerEvent } from '../src/contract/outputs.ts'
import { type Backoff, backoffDelayMs } from '../src/domain/backoff.ts'
import type { Clock } from '../src/ports/clock.ts'
import { nowOf } from './effects.ts'
import type { AppEvent } from './event.ts'

export interface FeedContext {
  client: Pick<ApiClient, 'events'>
  clock: Clock
  dispatch: (event: AppEvent) => void
  signal: AbortSignal
}

/** A daemon restarts within seconds, and asking costs a connect: soon at first, never rarer than every five seconds. */
const reconnect: Backoff = { initialMs: 250, maxMs: 5000, jitter: 0 }

/**
 * Follows the daemon's events until the signal is aborted, connecting again for ever, each time from where it was: so the ledger
 * is told without a gap, also across the daemon's restarts. Never rejects.
 */
export async function follow({ client, clock, dispatch, signal }: FeedContext): Promise<void> {
  const place: EventPlace = { lastId: null }
  let failures = 0
  while (!signal.aborted) {
    let isHeard = false
    const hear = (event: ServerEvent) => {
      dispatch(meaningOf(event, clock))
      if (isHeard) return
      isHeard = true
      failures = 0
      dispatch({ kind: 'link', link: { kind: 'live' } })
    }
    const reason = await followOnce(() => client.events(hear, signal, place))
    if (signal.aborted) return
    failures += 1
    const waitMs = backoffDelayMs(failures, reconnect, 0)
    dispatch({ kind: 'link', link: { kind: 'away', reason, retryAtMs: clock.monotonicMs() + waitMs } })
    // Rejects only when it is aborted, which the loop's condition sees.
    await clock.sleep(waitMs, signal).catch(() => {})
  }
}

/** What is not known here may be any change. */
function meaningOf(event: ServerEvent, clock: Clock): AppEvent {
  if (event.event === 'snapshot') return { kind: 'status', status: event.data, now: nowOf(clock) }
  if (event.event === 'ledger') return { kind: 'noted', entries: event.data }
  return { kind: event.event === 'missed' || event.event === 'gap' ? 'missed' : 'changed' }
}

/** Why it ended. */
async function followOnce(listen: () => Promise<void>): Promise<string> {
  try {
    await listen()
    return 'The daemon is stopping'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
