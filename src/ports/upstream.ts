/** An LLM API that requests are forwarded to: bytes in, bytes out, nothing of what they mean. */
export interface Upstream {
  /** As in the configuration. */
  readonly name: string
  /** Plainly labelled wherever it shows. */
  readonly simulated: boolean
  /**
   * Sends at once. The sink hears `head`, then `data`, then `ended`, or at any point `failed`, after which nothing; and
   * nothing before this has returned.
   */
  send(request: UpstreamRequest, sink: UpstreamSink): UpstreamCall
  /** Ends its connections; calls that are still going on fail. */
  close(): Promise<void>
}

export type UpstreamDialect = 'openai' | 'anthropic'

export interface UpstreamRequest {
  method: 'GET' | 'POST'
  /** Whose way of showing a key it is. */
  dialect: UpstreamDialect
  /** With the query, below the upstream's own address: `/v1/messages?beta=true`. */
  path: string
  /** Name, value, name, value …; without those that belong to one connection. The upstream adds key, host and length. */
  headers: readonly string[]
  /** It asks nothing of a model (a list of models, a count of tokens), and goes beside those that wait for their turn. */
  free: boolean
  /** Whole, so that a try before the first byte of an answer can be repeated; null: none. */
  body: Buffer | null
}

export interface UpstreamSink {
  /** @param headers raw: name, value, name, value …, as they came */
  head(status: number, headers: readonly Buffer[]): void
  /** @returns false: no more until `resume` */
  data(chunk: Buffer): boolean
  ended(): void
  failed(failure: UpstreamFailure): void
}

export interface UpstreamCall {
  /** More may come. */
  resume(): void
  /** Nobody wants the answer any more: the connection is closed at once, and the sink hears nothing more. */
  abort(): void
}

/**
 * unreachable: no connection. slow_head: no answer began in time. slow_body: it stopped in the middle for too long.
 * broken: the connection ended before the answer did, or carried what is no HTTP.
 */
export type UpstreamFailureKind = 'unreachable' | 'slow_head' | 'slow_body' | 'broken'

export interface UpstreamFailure {
  kind: UpstreamFailureKind
  /** In plain words, with the upstream's name, the limit and what to do; never its key. */
  message: string
  /** Whether a byte of the request may have reached it: only what was not sent is repeated elsewhere. */
  sent: boolean
}
