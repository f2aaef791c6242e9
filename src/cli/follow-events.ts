import type { ApiClient, EventPlace } from '../client/client.ts'
import type { ServerEvent } from '../contract/outputs.ts'
import { type Backoff, backoffDelayMs } from '../domain/backoff.ts'
import { OperationalError } from '../errors.ts'
import type { Cli } from './command.ts'

/** A daemon that is replaced is back within seconds. */
const reconnect: Backoff = { initialMs: 250, maxMs: 2_000, jitter: 0 }
const patienceMs = 60_000

/**
 * Follows the daemon's events until the signal is aborted, also across its restarts: what it noted meanwhile is told when it is
 * back.
 * @param onBack called when it is, before the first event
 * @throws OperationalError `daemon.gone` when it does not come back within a minute; at once what the first try meets
 */
export async function followEvents(
  cli: Pick<Cli, 'clock' | 'output'>,
  client: ApiClient,
  onEvent: (event: ServerEvent) => void,
  signal: AbortSignal,
  onBack: () => void = () => {},
): Promise<void> {
  const { clock, output } = cli
  const place: EventPlace = { lastId: null }
  let failures = 0
  let awaySinceMs: number | null = null
  const hear = (event: ServerEvent) => {
    if (awaySinceMs !== null) onBack()
    failures = 0
    awaySinceMs = null
    if (event.event === 'gap' && event.data.missedEntries > 0)
      output.note(`jrctl: ${event.data.missedEntries} entries of the ledger were missed`)
    onEvent(event)
  }
  for (;;) {
    try {
      await client.events(hear, signal, place)
    } catch (error) {
      if (place.lastId === null || !isAway(error)) throw error
    }
    if (signal.aborted) return
    const nowMs = clock.monotonicMs()
    if (awaySinceMs === null) output.note(`jrctl: the daemon on ${client.where} is away; waiting for it`)
    awaySinceMs ??= nowMs
    if (nowMs - awaySinceMs > patienceMs) throw gone(client)
    failures += 1
    // Rejects only when it is aborted, which the next round sees.
    await clock.sleep(backoffDelayMs(failures, reconnect, 0), signal).catch(() => {})
    if (signal.aborted) return
  }
}

/** Whether a question failed because the daemon is out of reach. */
export function isAway(error: unknown): boolean {
  return error instanceof OperationalError && error.code.startsWith('daemon.')
}

function gone(client: ApiClient): OperationalError {
  return new OperationalError(`The daemon on ${client.where} ended the stream and has not come back`, {
    code: 'daemon.gone',
    retryable: true,
    hint: 'See `jrctl status` and `jrctl logs`.',
  })
}
