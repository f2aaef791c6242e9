import type { Dispatcher } from 'undici'
import type { UpstreamCall, UpstreamSink } from '../../ports/upstream.ts'
import type { Breaking } from './connector.ts'
import type { FailureWords } from './upstream-failures.ts'

/** One request at undici: what it calls, and what may be done with it meanwhile. An object, not closures: it is the hot path. */
export class UndiciCall implements UpstreamCall, Dispatcher.DispatchHandler {
  readonly #sink: UpstreamSink
  readonly #words: FailureWords
  readonly #breaking: Breaking
  #controller: Dispatcher.DispatchController | null = null
  readonly #headTimeoutMs: number
  /** When it first announced an answer; null: it did not. */
  #announcedMs: number | null = null
  /** Nobody listens any more. */
  #over = false

  /** @param headTimeoutMs after which mere announcements count as silence */
  constructor(sink: UpstreamSink, words: FailureWords, breaking: Breaking, headTimeoutMs: number) {
    this.#headTimeoutMs = headTimeoutMs
    this.#sink = sink
    this.#words = words
    this.#breaking = breaking
  }

  resume(): void {
    if (!this.#over && this.#controller?.paused === true) this.#controller.resume()
  }

  abort(): void {
    if (this.#over) return
    this.#over = true
    // Before it has a connection there is nothing to abort yet: `onRequestStart` will.
    this.#controller?.abort(noLongerWanted)
  }

  /** A connection is there, and the request is written right after. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#over) controller.abort(noLongerWanted)
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (this.#over) return
    if (status < 200) return this.#announced(controller)
    this.#sink.head(status, controller.rawHeaders as Buffer[])
    // They are parts of what was read, which they would hold for as long as the answer takes.
    controller.rawHeaders = null
  }

  /** 102 and 103 only announce an answer. With each of them undici begins to wait anew, perhaps for ever. */
  #announced(controller: Dispatcher.DispatchController): void {
    const nowMs = performance.now()
    this.#announcedMs ??= nowMs
    if (nowMs - this.#announcedMs < this.#headTimeoutMs) return
    this.#over = true
    controller.abort(noLongerWanted)
    this.#sink.failed(this.#words(neverBegan, true))
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#over && !this.#sink.data(chunk)) controller.pause()
  }

  onResponseEnd(): void {
    if (this.#over) return
    this.#over = true
    if (this.#breaking.now) this.#sink.failed(this.#words(brokeOff, true))
    else this.#sink.ended()
  }

  onResponseError(_: unknown, error: Error): void {
    if (this.#over) return
    this.#over = true
    const failure = this.#words(error, this.#controller !== null)
    // It may come out of `dispatch` itself, and nothing is told before that has returned.
    queueMicrotask(() => this.#sink.failed(failure))
  }
}

const brokeOff = Object.assign(new Error('the connection was reset'), { code: 'ECONNRESET' })
const neverBegan = Object.assign(new Error('no answer but announcements'), {
  code: 'UND_ERR_HEADERS_TIMEOUT',
})
const noLongerWanted = new Error('nobody wants the answer any more')
