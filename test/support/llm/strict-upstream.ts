import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { properly, type Reply } from './replies.ts'
import { faultsOf } from './request-checks.ts'
import { seenRequest, type SeenRequest } from './seen-request.ts'

/** An LLM API on a socket that checks every byte that it gets, and answers as it is told. */
export interface StrictUpstream {
  /** Without a path: what `/v1/…` is appended to. */
  readonly url: string
  readonly key: string
  /** All requests that came whole, in their order. */
  readonly seen: SeenRequest[]
  /** What was wrong with them, each in a sentence. A test ends with none. */
  readonly faults: string[]
  /** What it does with the next requests, each once; then with all that follow, what `always` said. */
  next(...replies: Reply[]): void
  /** Unless told otherwise it answers properly. */
  always(reply: Reply): void
  /** Settles when so many requests have come in all. */
  came(count: number): Promise<void>
  /** Connections open now. */
  openSockets(): number
  /** Requests that are being answered now. */
  answering(): number
  /** Settles when no request is being answered any more. */
  quiet(): Promise<void>
  /** Ends its connections while nothing goes on on them, as servers do after a while. */
  closeIdle(): void
  close(): Promise<void>
}

/** @param secrets the clients' keys, which it must never see */
export async function startStrictUpstream(secrets: readonly string[] = []): Promise<StrictUpstream> {
  const key = 'upstream-key-1234567890'
  const seen: SeenRequest[] = []
  const faults: string[] = []
  const queued: Reply[] = []
  const sockets = new Set<Socket>()
  const waiting = new Set<() => void>()
  let usual: Reply = properly()
  let answering = 0
  const changed = () => {
    for (const look of waiting) look()
  }

  const server = createServer({ keepAliveTimeout: 60_000 }, (message, response) => {
    answering += 1
    response.once('close', () => {
      answering -= 1
      changed()
    })
    receive(message, response).catch((error: unknown) => {
      faults.push(`${message.method} ${message.url}: ${String(error)}`)
    })
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const host = `127.0.0.1:${port}`

  async function receive(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = message
    const gone = once(response, 'close').then(() => {})
    const pieces: Buffer[] = []
    try {
      for await (const piece of message) pieces.push(piece as Buffer)
    } catch {
      // Cut off in the middle: it never came.
      return
    }
    const request = seenRequest(message, Buffer.concat(pieces))
    seen.push(request)
    faults.push(...faultsOf(request, { host, key, secrets }))
    const reply = queued.shift() ?? usual
    changed()
    await reply(request, { response, socket, gone })
  }

  /** Settles when it holds; looked at whenever something changed. */
  function when(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!holds()) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
  }

  return {
    url: `http://${host}`,
    key,
    seen,
    faults,
    next: (...replies) => void queued.push(...replies),
    always(reply) {
      usual = reply
    },
    came: (count) => when(() => seen.length >= count),
    openSockets: () => sockets.size,
    answering: () => answering,
    quiet: () => when(() => answering === 0),
    closeIdle: () => server.closeIdleConnections(),
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
