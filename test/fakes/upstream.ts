import type {
  Upstream,
  UpstreamCall,
  UpstreamFailure,
  UpstreamRequest,
  UpstreamSink,
} from '../../src/ports/upstream.ts'

/** An upstream that answers what the test tells it to, when the test tells it to. */
export interface FakeUpstream extends Upstream {
  /** In the order in which they came. */
  readonly calls: readonly FakeUpstreamCall[]
  /** The next call that nobody has taken yet, once it is there. */
  next(): Promise<FakeUpstreamCall>
}

export interface FakeUpstreamCall {
  readonly request: UpstreamRequest
  /** Who listens said: no more until `resume`. What is told meanwhile waits. */
  readonly paused: boolean
  readonly aborted: boolean
  /** Settles when it is aborted. */
  readonly abandoned: Promise<void>
  head(status: number, headers?: Record<string, string>): void
  data(chunk: string | Buffer): void
  end(): void
  fail(failure?: Partial<UpstreamFailure>): void
  /** All at once, its length given. */
  answer(status: number, body: string, headers?: Record<string, string>): void
}

export function fakeUpstream(options: { name?: string; simulated?: boolean } = {}): FakeUpstream {
  const calls: Call[] = []
  const waiting: ((call: FakeUpstreamCall) => void)[] = []
  let taken = 0
  return {
    name: options.name ?? 'fake',
    simulated: options.simulated ?? false,
    calls,
    send(request, sink) {
      const call = new Call(request, sink)
      calls.push(call)
      const waiter = waiting.shift()
      if (waiter !== undefined) {
        taken++
        // Nothing is told before this has returned.
        queueMicrotask(() => waiter(call))
      }
      return call
    },
    next: () => {
      const call = calls[taken]
      if (call === undefined) return new Promise((resolve) => void waiting.push(resolve))
      taken++
      return Promise.resolve(call)
    },
    close: async () => {
      for (const call of calls) call.fail({ kind: 'broken', message: 'closed', sent: true })
    },
  }
}

class Call implements FakeUpstreamCall, UpstreamCall {
  readonly request: UpstreamRequest
  readonly abandoned: Promise<void>
  paused = false
  aborted = false
  readonly #sink: UpstreamSink
  readonly #held: (() => void)[] = []
  #over = false
  #abandon: () => void = () => {}

  constructor(request: UpstreamRequest, sink: UpstreamSink) {
    this.request = request
    this.#sink = sink
    this.abandoned = new Promise((resolve) => {
      this.#abandon = resolve
    })
  }

  resume(): void {
    this.paused = false
    while (!this.paused) {
      const next = this.#held.shift()
      if (next === undefined) return
      next()
    }
  }

  abort(): void {
    if (this.#over) return
    this.#over = true
    this.aborted = true
    this.#abandon()
  }

  head(status: number, headers: Record<string, string> = {}): void {
    const raw = Object.entries(headers).flatMap(([name, value]) => [Buffer.from(name), Buffer.from(value)])
    this.#tell(() => this.#sink.head(status, raw))
  }

  data(chunk: string | Buffer): void {
    this.#tell(() => {
      this.paused = !this.#sink.data(Buffer.from(chunk))
    })
  }

  end(): void {
    this.#tell(() => {
      this.#over = true
      this.#sink.ended()
    })
  }

  /** At once, whether or not anybody reads: what was held is lost with the connection. */
  fail(failure: Partial<UpstreamFailure> = {}): void {
    if (this.#over) return
    this.#over = true
    this.#sink.failed({ kind: 'broken', message: 'upstream fake broke off', sent: true, ...failure })
  }

  answer(status: number, body: string, headers: Record<string, string> = {}): void {
    this.head(status, { 'content-length': String(Buffer.byteLength(body)), ...headers })
    this.data(body)
    this.end()
  }

  #tell(event: () => void): void {
    if (this.paused) this.#held.push(() => this.#unlessOver(event))
    else this.#unlessOver(event)
  }

  #unlessOver(event: () => void): void {
    if (!this.#over) event()
  }
}
