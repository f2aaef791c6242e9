import Pool from 'undici/lib/dispatcher/pool.js'
import type { Upstream, UpstreamCall, UpstreamRequest, UpstreamSink } from '../../ports/upstream.ts'
import { UndiciCall } from './undici-call.ts'
import { upstreamFailures } from './upstream-failures.ts'
import { connector } from './connector.ts'

export interface UndiciUpstreamOptions {
  name: string
  /** Its address, to which `/v1/…` is appended; a `/v1` at its end is taken for what it means. */
  url: string
  /** Shown with each request; null: none. */
  key: string | null
  /** How the key is shown instead; standard: in its dialect's way. */
  keyHeader: 'standard' | KeyHeader
  /** Connections at most, beside those for what is free. */
  maxInFlight: number
  connectTimeoutMs: number
  headTimeoutMs: number
  idleTimeoutMs: number
}

export const undiciUpstreamLimits = {
  /**
   * Connections for what is free. In the others each has its place already when it comes here; what waits for nobody's turn would
   * keep them waiting, unseen.
   */
  freeConnections: 8,
  /** Of the head of an answer. */
  headBytesMax: 64 * 1024,
  /** An idle connection is closed after so long: before the five seconds after which many servers (uvicorn, Node) close theirs. */
  keepAliveMs: 4_000,
  /** However long the server says that it keeps one. */
  keepAliveMaxMs: 60_000,
}

/** An LLM API over HTTP/1.1. Made without connecting; connections come and go with the requests. */
export function createUndiciUpstream(options: UndiciUpstreamOptions): Upstream {
  const { origin, basePath } = addressOf(options.url)
  const breaking = { now: false }
  const pool = (connections: number): Pool =>
    new Pool(origin, {
      connections,
      pipelining: 1,
      // One stream a connection: a slow reader then holds up nobody else's answer.
      allowH2: false,
      connect: connector(options.connectTimeoutMs, breaking),
      headersTimeout: options.headTimeoutMs,
      bodyTimeout: options.idleTimeoutMs,
      keepAliveTimeout: undiciUpstreamLimits.keepAliveMs,
      keepAliveMaxTimeout: undiciUpstreamLimits.keepAliveMaxMs,
      maxHeaderSize: undiciUpstreamLimits.headBytesMax,
    })
  const [charged, free] = [pool(options.maxInFlight), pool(undiciUpstreamLimits.freeConnections)]
  const keyHeaders = keyHeadersOf(options)
  const failures = upstreamFailures({ ...options, address: new URL(origin).host })

  return {
    name: options.name,
    simulated: false,
    send(request: UpstreamRequest, sink: UpstreamSink): UpstreamCall {
      const call = new UndiciCall(sink, failures, breaking, options.headTimeoutMs)
      const lane = request.free ? free : charged
      lane.dispatch(
        {
          method: request.method,
          path: basePath + request.path,
          headers: [...request.headers, ...keyHeaders[request.dialect]],
          body: request.body,
        },
        call,
      )
      return call
    },
    async close() {
      await Promise.all([charged.destroy(), free.destroy()])
    },
  }
}

/** @throws TypeError for what is no address, which the configuration has checked */
function addressOf(url: string): { origin: string; basePath: string } {
  const { origin, pathname } = new URL(url)
  return { origin, basePath: pathname.replace(/\/+$/, '').replace(/\/v1$/, '') }
}

/** Coded answers would pass by the meter unread. */
const plain = ['accept-encoding', 'identity'] as const

type KeyHeader = 'authorization' | 'x-api-key' | 'api-key'

function keyHeadersOf({
  key,
  keyHeader,
}: Pick<UndiciUpstreamOptions, 'key' | 'keyHeader'>): Record<UpstreamRequest['dialect'], readonly string[]> {
  if (key === null) return { openai: plain, anthropic: plain }
  const shown = (standard: KeyHeader): readonly string[] => {
    const name = keyHeader === 'standard' ? standard : keyHeader
    return [...plain, name, name === 'authorization' ? `Bearer ${key}` : key]
  }
  return { openai: shown('authorization'), anthropic: shown('x-api-key') }
}
