import type { ApiClient } from '../../client/client.ts'
import type { LogEvent } from '../../contract/logs.ts'
import { OperationalError, UserError } from '../../errors.ts'
import type { LogItem, LogReader, LogWish } from '../../ports/log-files.ts'

/** Whose log: of a Jr's instance, or the daemon's (null). */
export interface LogOf {
  jr: string | null
  instance: number
}

/** A log that lies elsewhere, read by the daemon there. No more is taken in than is taken out. */
export function createRemoteReader(
  client: Pick<ApiClient, 'followLog' | 'where'>,
  { jr, instance }: LogOf,
): LogReader {
  const whose = { ...(jr === null ? {} : { jr }), instance }
  return {
    async exists() {
      let exists = false
      await client.followLog({ ...whose, lines: 0, follow: false }, ({ event, data }) => {
        if (event === 'log') exists = data.exists
      })
      return exists
    },
    read() {
      throw new UserError('--raw reads the files themselves, and these are elsewhere', {
        hint: 'Leave out --raw, or ask on that machine.',
      })
    },
    async *lines({ lines, sinceMs, follow }: LogWish, signal) {
      const whence = lines === null ? {} : { lines }
      const asked = sinceMs === null ? whence : { since: sinceMs }
      const taken = new Conveyor()
      const left = new AbortController()
      const leave = (): void => left.abort()
      signal?.addEventListener('abort', leave)
      if (signal?.aborted === true) leave()
      const reading = client
        .followLog({ ...whose, ...asked, follow }, (event) => taken.put(itemsOf(event)), {
          signal: left.signal,
          room: () => taken.room(),
        })
        .then(
          () => taken.end(follow && !left.signal.aborted ? endedByDaemon(client.where) : undefined),
          (error: unknown) => taken.end(error),
        )
      try {
        yield* taken.batches()
      } finally {
        signal?.removeEventListener('abort', leave)
        leave()
        await reading
      }
    },
  }
}

function itemsOf({ event, data }: LogEvent): LogItem[] {
  switch (event) {
    case 'lines':
      return data.lines.map(({ text, cutBytes = 0 }) => ({
        kind: 'line',
        bytes: Buffer.from(text),
        cutBytes,
      }))
    case 'gap':
      return [{ kind: 'gap', bytes: data.bytes }]
    case 'end':
      return [{ kind: 'end' }]
    case 'failed':
      throw new OperationalError(data.message, {
        code: 'logs.unreadable',
        retryable: false,
        ...(data.hint === null ? {} : { hint: data.hint }),
      })
    case 'log':
    case 'missed':
      return []
    default:
      event satisfies never
      return []
  }
}

function endedByDaemon(where: string): OperationalError {
  return new OperationalError(`The daemon on ${where} has ended the log's stream: it is stopping`, {
    code: 'daemon.unreachable',
    retryable: true,
    hint: 'Follow it again when the daemon is back.',
  })
}

/** What has been read and not been taken yet: at most as much as came at once. */
class Conveyor {
  #items: LogItem[] = []
  #ended = false
  #failure: unknown
  #wake: () => void = () => {}
  #emptied: (() => void) | undefined

  put(items: LogItem[]): void {
    for (const item of items) this.#items.push(item)
    this.#wake()
  }

  /** Settles when all has been taken; undefined: there is room. */
  room(): Promise<void> | undefined {
    if (this.#items.length === 0) return undefined
    return new Promise((resolve) => {
      this.#emptied = resolve
    })
  }

  end(failure: unknown): void {
    this.#ended = true
    this.#failure = failure
    this.#wake()
  }

  async *batches(): AsyncIterable<LogItem[]> {
    for (;;) {
      if (this.#items.length > 0) {
        const items = this.#items
        this.#items = []
        yield items
        this.#emptied?.()
      } else if (this.#ended) {
        if (this.#failure !== undefined) throw this.#failure
        return
      } else
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
    }
  }
}
