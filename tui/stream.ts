import type { ApiClient } from '../src/client/client.ts'
import { messageOf } from '../src/errors.ts'
import type { Clock } from '../src/ports/clock.ts'
import type { AppEvent } from './event.ts'
import { follow } from './feed.ts'
import { Paced } from './paced.ts'
import type { Link } from './state.ts'
import { type StreamLine, WaitingLines } from './stream-lines.ts'

export interface StreamContext {
  client: Pick<ApiClient, 'call' | 'events'>
  clock: Clock
  signal: AbortSignal
  write(line: StreamLine): void
  /** Settles when the reader has room for more. */
  room(): Promise<void>
  /** For a person: what has become of the daemon. */
  note(text: string): void
}

/** A status may have hundreds of workers: more than two a second serve nobody. */
const writeIntervalMs = 500
/** For what no event tells of (memory, tokens, ages), and so that a reader knows that there is somebody. */
const silenceMaxMs = 5_000

/**
 * `jrctl top --json`: the state, and again whenever something has changed, beside what the ledger notes; for ever, also across
 * the daemon's restarts, until the signal is aborted. Never rejects.
 */
export async function streamTop(context: StreamContext): Promise<void> {
  const { client, clock, signal } = context
  const teller = new Teller(context)
  const dispatch = (event: AppEvent) => teller.hear(event)
  await Promise.all([follow({ client, clock, signal, dispatch }), beat(clock, signal, dispatch)])
  teller.stop()
}

async function beat(clock: Clock, signal: AbortSignal, dispatch: (event: AppEvent) => void): Promise<void> {
  while (!signal.aborted) {
    // Rejects only when it is aborted, which the loop's condition sees.
    await clock.sleep(silenceMaxMs, signal).catch(() => {})
    if (!signal.aborted) dispatch({ kind: 'changed' })
  }
}

/** Turns what is heard of the daemon into lines: one turn at a time, no sooner than the reader has taken the last. */
class Teller {
  readonly #context: StreamContext
  readonly #waiting = new WaitingLines()
  readonly #turns: Paced<null>
  #isAway = false
  /** Whether the state has changed since it was last asked for. */
  #isOld = false

  constructor(context: StreamContext) {
    this.#context = context
    this.#turns = new Paced(context.clock, writeIntervalMs, () => this.#turn())
  }

  hear(event: AppEvent): void {
    if (event.kind === 'noted') this.#waiting.entries(event.entries)
    else if (event.kind === 'status') this.#isThere(event)
    else if (event.kind === 'link') this.#isLinked(event.link)
    else this.#isOld = true
    this.#turns.request(null)
  }

  stop(): void {
    this.#turns.stop()
  }

  #isThere({ status }: AppEvent & { kind: 'status' }): void {
    this.#isOld = false
    this.#waiting.status(status)
  }

  #isLinked(link: Link): void {
    const isAway = link.kind === 'away'
    if (isAway === this.#isAway) return
    this.#isAway = isAway
    this.#context.note(isAway ? `${link.reason}; waiting for the daemon` : 'The daemon is back')
    // Who goes on where it was is told no state: it is to be asked for, unless it has been told.
    this.#isOld = isAway || this.#isOld
    if (isAway) this.#waiting.away(link.reason)
  }

  async #turn(): Promise<void> {
    if (this.#isOld && !this.#isAway) await this.#ask()
    if (this.#context.signal.aborted) return
    for (const line of this.#waiting.take()) this.#context.write(line)
    await this.#context.room()
  }

  async #ask(): Promise<void> {
    const { client, signal } = this.#context
    this.#isOld = false
    try {
      this.#waiting.status(await client.call('status', {}, signal))
    } catch (error) {
      // That it is away, its stream tells.
      if (!this.#isAway && !signal.aborted) this.#context.note(messageOf(error))
    }
  }
}
