import type {
  Upstream,
  UpstreamCall,
  UpstreamDialect,
  UpstreamFailure,
  UpstreamSink,
} from '../../../src/ports/upstream.ts'

export interface Outcome {
  ended?: true
  failure?: UpstreamFailure
}

/** A call, and all that was heard of it. */
export interface RecordedCall {
  status: number | null
  heads: number
  headers: string[]
  body: string
  /** Null while it goes on, and for ever when it was aborted. */
  outcome: Outcome | null
  readonly over: Promise<Outcome>
  /** Settles when `is` holds; looked at whenever something came. */
  until(is: () => boolean): Promise<void>
  abort(): void
  /** From now on everything is taken up. */
  resumeAll(): void
}

export interface RecordedRequest {
  method?: 'GET' | 'POST'
  dialect?: UpstreamDialect
  path?: string
  headers?: readonly string[]
  body?: string | null
  free?: boolean
}

/** @param take whether more may come at once; asked after each piece */
export function recordedCall(
  upstream: Upstream,
  request: RecordedRequest = {},
  { take = () => true }: { take?: () => boolean } = {},
): RecordedCall {
  const {
    method = 'POST',
    dialect = 'openai',
    path = '/v1/x',
    headers = [],
    body = '{}',
    free = false,
  } = request
  const recorder = new Recorder(take)
  recorder.call = upstream.send(
    { method, dialect, path, headers, free, body: body === null ? null : Buffer.from(body) },
    recorder,
  )
  if (recorder.heads > 0 || recorder.outcome !== null)
    throw new Error('it told something before send returned')
  return recorder
}

class Recorder implements RecordedCall, UpstreamSink {
  status: number | null = null
  heads = 0
  headers: string[] = []
  body = ''
  outcome: Outcome | null = null
  readonly over: Promise<Outcome>
  call: UpstreamCall | null = null
  #take: () => boolean
  #aborted = false
  #settle: (outcome: Outcome) => void = () => {}
  #waiting: (() => void)[] = []

  constructor(take: () => boolean) {
    this.#take = take
    this.over = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  head(status: number, headers: readonly Buffer[]): void {
    this.#heard()
    this.heads++
    this.status = status
    this.headers = headers.map((bytes) => bytes.toString('latin1'))
    this.#changed()
  }

  data(chunk: Buffer): boolean {
    this.#heard()
    if (this.heads === 0) throw new Error('a body before its head')
    this.body += chunk.toString('latin1')
    this.#changed()
    return this.#take()
  }

  ended(): void {
    this.#end({ ended: true })
  }

  failed(failure: UpstreamFailure): void {
    this.#end({ failure })
  }

  async until(is: () => boolean): Promise<void> {
    while (!is()) {
      await new Promise<void>((resolve) => void this.#waiting.push(resolve))
    }
  }

  abort(): void {
    this.#aborted = true
    this.call?.abort()
  }

  resumeAll(): void {
    this.#take = () => true
    this.call?.resume()
  }

  #end(outcome: Outcome): void {
    this.#heard()
    this.outcome = outcome
    this.#settle(outcome)
    this.#changed()
  }

  #heard(): void {
    if (this.#aborted) throw new Error('something was told after the call was aborted')
    if (this.outcome !== null) throw new Error('something was told after the end')
  }

  #changed(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
