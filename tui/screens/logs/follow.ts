import type { ApiClient } from '../../../src/client/client.ts'
import type { LogEvent, LogLineView } from '../../../src/contract/logs.ts'
import { type Backoff, backoffDelayMs } from '../../../src/domain/backoff.ts'
import type { Clock } from '../../../src/ports/clock.ts'
import type { AppEvent } from '../../event.ts'
import type { LogNews, LogText } from './log.ts'
import type { LogName } from './log-name.ts'

export interface LogFollower {
  /** Follows this log instead of the one before; null: none. */
  follow(log: LogName | null): void
}

/** One log at a time: who turns to another has left the one before. */
export function createLogFollower({
  client,
  clock,
  dispatch,
}: Pick<FollowContext, 'client' | 'clock'> & { dispatch: (event: AppEvent) => void }): LogFollower {
  let present = new AbortController()
  return {
    follow(log) {
      present.abort()
      present = new AbortController()
      const { signal } = present
      if (log === null) return
      const tell = (news: LogNews) => dispatch({ kind: 'log', name: log, news })
      void followLog(log, { client, clock, tell, signal })
    },
  }
}

export interface FollowContext {
  client: Pick<ApiClient, 'followLog'>
  clock: Clock
  tell: (news: LogNews) => void
  signal: AbortSignal
}

/** As much as a person scrolls back before she searches. */
const tailLines = 1000
/** As of the events: a daemon restarts within seconds. */
const reconnect: Backoff = { initialMs: 250, maxMs: 5000, jitter: 0 }

/** Follows a log until the signal is aborted, connecting again for ever. Never rejects. */
export async function followLog(
  name: LogName,
  { client, clock, tell, signal }: FollowContext,
): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    const heard = new Heard((news) => {
      if (signal.aborted) return
      failures = 0
      tell(news)
    })
    const reason = await followOnce(name, client, heard, signal)
    if (signal.aborted) return
    failures += 1
    const waitMs = backoffDelayMs(failures, reconnect, 0)
    tell({ kind: 'away', reason, retryAtMs: clock.monotonicMs() + waitMs })
    // Rejects only when it is aborted, which the loop's condition sees.
    await clock.sleep(waitMs, signal).catch(() => {})
  }
}

async function followOnce(
  { jr, instance }: LogName,
  client: FollowContext['client'],
  heard: Heard,
  signal: AbortSignal,
): Promise<string> {
  const asked = { ...(jr === null ? {} : { jr }), instance, lines: tailLines, latest: true }
  try {
    await client.followLog(asked, (event) => heard.hear(event), { signal })
    return heard.failure ?? 'the daemon has ended it'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** The events of one connection: up to `end` they are the log's tail, which is told as one. */
class Heard {
  readonly #tell: (news: LogNews) => void
  #path = ''
  #tail: LogText[] | null = []
  failure: string | undefined

  constructor(tell: (news: LogNews) => void) {
    this.#tell = tell
  }

  hear({ event, data }: LogEvent): void {
    switch (event) {
      case 'log':
        this.#path = data.path
        return
      case 'lines':
        return this.#lines(data.lines.map(textOf))
      case 'end':
        if (this.#tail !== null) this.#tell({ kind: 'tail', path: this.#path, lines: this.#tail })
        this.#tail = null
        return
      case 'missed':
        // Of a tail more was asked for than is needed.
        if (this.#tail === null) this.#tell({ kind: 'missed', lines: data.lines })
        return
      case 'gap':
        if (this.#tail === null) this.#tell({ kind: 'gap', bytes: data.bytes })
        return
      case 'failed':
        this.failure = data.message
        return
      default:
        event satisfies never
    }
  }

  #lines(lines: LogText[]): void {
    if (this.#tail === null) this.#tell({ kind: 'lines', lines })
    else this.#tail.push(...lines)
  }
}

function textOf({ text, cutBytes = 0 }: LogLineView): LogText {
  return { text, cutBytes }
}
