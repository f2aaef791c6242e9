import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** What clients may cost before anything of theirs is understood. */
export interface IntakeLimits {
  /** For head and body of a request. */
  requestTimeoutMs: number
  connections: number
}

const headersTimeoutMs = 10_000
const headerBytes = 32 * 1024
/** SDKs keep idle connections for seconds; who closes first should be them, or their next request meets a closed socket. */
const keepAliveMs = 75_000
/** What waits here of an answer that its client does not read; more is left with the upstream. */
const unreadBytes = 8 * 1024
/** How often the two timeouts are looked at. */
const checkEveryMs = 1_000

/** The HTTP server, with its bounds; what it cannot read is answered here. */
export function createIntakeServer(limits: IntakeLimits, listener: RequestListener): Server {
  const answering = new WeakMap<Socket, ServerResponse>()
  const begin: RequestListener = (request, response) => {
    answering.set(request.socket, response)
    listener(request, response)
  }
  const server = createServer({
    headersTimeout: Math.min(headersTimeoutMs, limits.requestTimeoutMs),
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: checkEveryMs,
    keepAliveTimeout: keepAliveMs,
    maxHeaderSize: headerBytes,
    highWaterMark: unreadBytes,
  })
  server.maxConnections = limits.connections
  server.on('request', begin)
  // The body is asked for only when it is known to be wanted: see `readBody`.
  server.on('checkContinue', begin)
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    answerUnreadable(error, socket as Socket, answering.get(socket as Socket))
  })
  return server
}

/** @param current the connection's latest answer: where that has begun, another would be taken for a part of it */
function answerUnreadable(
  error: NodeJS.ErrnoException,
  socket: Socket,
  current: ServerResponse | undefined,
): void {
  const isFree = current === undefined || !current.headersSent || current.writableFinished
  if (!socket.writable || error.code === 'ECONNRESET' || !isFree) {
    socket.destroy(error)
    return
  }
  const { status, message } = unreadable[error.code ?? ''] ?? malformed
  const body = JSON.stringify({ error: { message, type: 'invalid_request_error', param: null, code: null } })
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  )
}

const malformed = { status: '400 Bad Request', message: 'This is no HTTP/1.1 request.' }

const unreadable: Record<string, typeof malformed> = {
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    message: `The head of this request is larger than ${headerBytes} bytes.`,
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: '413 Payload Too Large',
    message: 'The chunk extensions of this request are too large.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    message: 'This request did not come whole in time. [gateway] request_timeout says how long it may take.',
  },
}
