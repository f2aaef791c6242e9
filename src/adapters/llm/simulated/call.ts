import type { Clock, Timer } from '../../../ports/clock.ts'
import type { UpstreamCall, UpstreamFailure, UpstreamSink } from '../../../ports/upstream.ts'
import type { Pace } from './pace.ts'
import type { Piece, Script } from './script.ts'

/** What becomes due within so long of each other is told together: nobody sees more than sixty changes a second. */
const tickMs = 16

/** Tells a script at its pace: one timer, and none while nobody reads. */
export class SimulatedCall implements UpstreamCall {
  readonly #script: Script
  readonly #sink: UpstreamSink
  readonly #clock: Clock
  readonly #tokensPerMs: number
  readonly #pieces: Iterator<Piece>
  #next: Piece | null = null
  #thoughtTokens = 0
  #startMs = 0
  #timer: Timer | null = null
  #paused = false
  #over = false
  /** Called when nothing more will be told. */
  readonly #left: () => void

  constructor(script: Script, sink: UpstreamSink, clock: Clock, pace: Pace, left: () => void) {
    this.#script = script
    this.#sink = sink
    this.#clock = clock
    this.#tokensPerMs = pace.tokensPerSecond / 1000
    this.#pieces = script.pieces[Symbol.iterator]()
    this.#left = left
  }

  start(firstTokenMs: number): void {
    this.#timer = this.#clock.after(firstTokenMs, () => this.#begin())
  }

  resume(): void {
    if (!this.#paused || this.#over) return
    this.#paused = false
    this.#tell()
  }

  abort(): void {
    this.#end()
  }

  fail(failure: UpstreamFailure): void {
    if (this.#end()) this.#sink.failed(failure)
  }

  #begin(): void {
    const { status, contentType } = this.#script
    this.#startMs = this.#clock.monotonicMs()
    if (contentType === 'text/event-stream') this.#head(status, ['content-type', contentType])
    this.#take()
    this.#tell()
  }

  #head(status: number, headers: readonly string[]): void {
    const raw = ['x-jrctl-simulated', 'true', ...headers]
    this.#sink.head(
      status,
      raw.map((text) => Buffer.from(text, 'latin1')),
    )
  }

  #take(): void {
    const { value, done } = this.#pieces.next()
    this.#next = done === true ? null : value
    this.#thoughtTokens += this.#next?.tokens ?? 0
  }

  /** What is due by now; ends when nothing is left, waits when something is. */
  #tell(): void {
    this.#timer = null
    while (!this.#over && !this.#paused) {
      if (this.#next === null) return this.#finish()
      const waitMs = this.#startMs + this.#thoughtTokens / this.#tokensPerMs - this.#clock.monotonicMs()
      if (waitMs > 0) return this.#wait(waitMs)
      this.#give(this.#next)
      this.#take()
    }
  }

  #wait(waitMs: number): void {
    this.#timer = this.#clock.after(Math.max(tickMs, waitMs), () => this.#tell())
  }

  #give({ bytes }: Piece): void {
    const chunk = Buffer.from(bytes)
    const { status, contentType } = this.#script
    if (contentType === 'application/json')
      this.#head(status, ['content-type', contentType, 'content-length', String(chunk.length)])
    if (!this.#over && !this.#sink.data(chunk)) this.#paused = true
  }

  #finish(): void {
    if (this.#end()) this.#sink.ended()
  }

  #end(): boolean {
    if (this.#over) return false
    this.#over = true
    this.#timer?.cancel()
    this.#left()
    return true
  }
}
