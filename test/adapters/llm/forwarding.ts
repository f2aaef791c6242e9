import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { createUndiciUpstream } from '../../../src/adapters/llm/undici-upstream.ts'
import { forward } from '../../../src/gateway/forward/forward.ts'
import type { Admitted, Forwarding } from '../../../src/gateway/forward/forwarding.ts'
import type { Ending } from '../../../src/gateway/forward/ending.ts'
import { requestHeaders } from '../../../src/gateway/forward/request-headers.ts'
import type { Upstream } from '../../../src/ports/upstream.ts'
import { fakeClock } from '../../fakes/clock.ts'

/** A gateway of nothing but `forward`, on a socket of its own, in front of one upstream. */
export interface ForwardingStage {
  readonly port: number
  readonly clock: ReturnType<typeof fakeClock>
  /** Of each request, in the order of their coming. */
  readonly endings: Ending[]
  /** The ending of request `index` (from 0), once it is there. */
  ending(index: number): Promise<Ending>
  /** Settles when request `index` has no client any more, or its answer is with it. */
  clientLeft(index: number): Promise<void>
  /** The requests that are at the upstream. */
  readonly forwardings: Forwarding[]
  /** Of the meter: what it saw of each request's answer. */
  readonly seen: string[]
  close(): Promise<void>
}

export async function forwardingStage(
  upstream: Upstream,
  more: Partial<Pick<Admitted, 'abandoned' | 'meter' | 'labels'>> = {},
): Promise<ForwardingStage> {
  const clock = fakeClock()
  const endings: Ending[] = []
  const forwardings: Forwarding[] = []
  const seen: string[] = []
  const left: Promise<void>[] = []
  const waiting = new Map<number, (ending: Ending) => void>()

  const serve = (request: IncomingMessage, client: ServerResponse, body: Buffer): void => {
    const index = forwardings.length
    left.push(new Promise((resolve) => void client.once('close', () => resolve())))
    seen.push('')
    const forwarding = forward({
      upstream,
      client,
      clock,
      abandoned: 'cancel',
      request: {
        method: request.method as 'GET' | 'POST',
        dialect: 'openai',
        path: request.url ?? '/',
        headers: requestHeaders(request.rawHeaders),
        free: false,
        body: body.length === 0 ? null : body,
      },
      meter: {
        head: () => ({ shortens: false }),
        push: (chunk) => {
          seen[index] += chunk.toString('latin1')
          return chunk
        },
        end: () => null,
      },
      labels: {
        head: () => ['x-jrctl-position', '1'],
        end: () => ['x-jrctl-charged', '5'],
        endNames: 'x-jrctl-charged',
      },
      refuse: (response, { status, code, message }) => {
        response.writeHead(status, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ code, message }))
      },
      ...more,
    })
    forwardings.push(forwarding)
    void forwarding.ended.then((ending) => {
      endings[index] = ending
      waiting.get(index)?.(ending)
    })
  }

  const server = createServer({ highWaterMark: 8 * 1024 }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => serve(request, response, Buffer.concat(chunks)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    clock,
    endings,
    forwardings,
    seen,
    clientLeft: async (index) => left[index],
    ending: (index) =>
      endings[index] === undefined
        ? new Promise((resolve) => void waiting.set(index, resolve))
        : Promise.resolve(endings[index]),
    async close() {
      server.close()
      server.closeAllConnections()
      await upstream.close()
      await once(server, 'close')
    },
  }
}

/** A client that says and hears bytes. */
export interface RawClient {
  readonly socket: Socket
  /** All that has come. */
  readonly heard: () => string
  /** Settles when `text` has come. */
  until(text: string): Promise<string>
  /** Settles when the connection is over, with how: `end` for a clean one, `reset` for the other. */
  readonly closed: Promise<'end' | 'reset'>
}

export function rawClient(port: number): RawClient {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  let reset = false
  let changed: () => void = () => {}
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1')
    changed()
  })
  socket.on('error', () => {
    reset = true
  })
  const closed = new Promise<'end' | 'reset'>((resolve) => {
    socket.once('close', () => {
      resolve(reset ? 'reset' : 'end')
      changed()
    })
  })
  return {
    socket,
    heard: () => text,
    closed,
    async until(awaited) {
      while (!text.includes(awaited)) {
        if (socket.destroyed) throw new Error(`the connection ended before "${awaited}" came: ${text}`)
        await new Promise<void>((resolve) => {
          changed = resolve
        })
      }
      return text
    },
  }
}

export function post(path: string, body = '{}', version = '1.1'): string {
  return `POST ${path} HTTP/${version}\r\nHost: x\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

/** An upstream with patience that a test can afford. */
export function impatientUpstream(
  port: number,
  more: Partial<Parameters<typeof createUndiciUpstream>[0]> = {},
): Upstream {
  return createUndiciUpstream({
    name: 'local',
    url: `http://127.0.0.1:${port}`,
    key: 'sk-upstream',
    keyHeader: 'standard',
    maxInFlight: 8,
    connectTimeoutMs: 1_000,
    headTimeoutMs: 10_000,
    idleTimeoutMs: 10_000,
    ...more,
  })
}
