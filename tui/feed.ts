import type { ApiClient } from '../src/client/client.ts'
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

/** Follows the daemon's events until the signal is aborted, connecting again for ever. Never rejects. */
export async function follow({ client, clock, dispatch, signal }: FeedContext): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    const reason = await followOnce(client, signal, (event) => {
      if (event.event === 'snapshot') {
        failures = 0
        dispatch({ kind: 'status', status: event.data, now: nowOf(clock) })
        dispatch({ kind: 'link', link: { kind: 'live' } })
      } else if (event.event === 'ledger') dispatch({ kind: 'noted', entries: event.data })
      else dispatch({ kind: 'changed' })
    })
    if (signal.aborted) return
    failures += 1
    const waitMs = backoffDelayMs(failures, reconnect, 0)
    dispatch({ kind: 'link', link: { kind: 'away', reason, retryAtMs: clock.monotonicMs() + waitMs } })
    // Rejects only when it is aborted, which the loop's condition sees.
    await clock.sleep(waitMs, signal).catch(() => {})
  }
}

async function followOnce(
  client: FeedContext['client'],
  signal: AbortSignal,
  onEvent: Parameters<ApiClient['events']>[0],
): Promise<string> {
  try {
    await client.events(onEvent, signal)
    return 'The daemon is stopping'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
