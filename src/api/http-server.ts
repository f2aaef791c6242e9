import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../ports/clock.ts'
import { sanitize } from '../domain/sanitize.ts'
import { Refusal, envelope } from './refusal.ts'

/** What clients may cost before anything of theirs is understood. */
export interface ConnectionLimits {
  headersTimeoutMs: number
  /** For the whole of a request. */
  requestTimeoutMs: number
  connections: number
  /** A connection on which nothing moves for so long is cut: its reader does not read. 0: none is. */
  idleTimeoutMs: number
}

const headerBytes = 16 * 1024
/** How often the two timeouts are looked at. */
const checkEveryMs = 1_000
const keepAliveMs = 5_000
const lingerMs = 1_000
const lingerBytes = 32 * 1024 * 1024
/** Requests of one connection that wait for their answers at the same time. */
const pipelinedMax = 32

/** An HTTP server with its bounds, which listens nowhere yet; what it cannot read is answered here. */
export function createHttpServer(app: RequestListener, limits: ConnectionLimits, clock: Clock): Server {
  const server = createServer({
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: checkEveryMs,
    keepAliveTimeout: keepAliveMs,
    maxHeaderSize: headerBytes,
    // It is asked for below, in our words.
    requireHostHeader: false,
  })
  server.maxConnections = limits.connections
  server.timeout = limits.idleTimeoutMs
  const answering = new WeakMap<Socket, ServerResponse>()
  const isAtWork = boundedPipelines()
  const handle: RequestListener = (request, response) => {
    if (!isAtWork(request.socket, response)) return
    answering.set(request.socket, response)
    response.once('finish', () => linger(request, clock))
    const refusal = unanswerable(request)
    if (refusal === null) app(request, response)
    else answerRefusal(refusal, response)
  }
  server.on('request', handle)
  // Else Node itself would ask for the body, before anybody has looked at the head, or answer in its own words.
  server.on('checkContinue', handle)
  server.on('checkExpectation', handle)
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    answerUnreadable(error, socket as Socket, answering.get(socket as Socket))
  })
  return server
}

const continuation = /(?:^|\W)100-continue(?:$|\W)/i

/** Whether its sender holds the body back until it is told that it is wanted (RFC 9110, 10.1.1). */
export function awaitsContinue({ headers, httpVersion }: IncomingMessage): boolean {
  return httpVersion === '1.1' && headers.expect !== undefined && continuation.test(headers.expect)
}

/** What HTTP itself forbids to answer otherwise. */
function unanswerable(request: IncomingMessage): Refusal | null {
  const { headers, httpVersion } = request
  if (headers.host === undefined && httpVersion === '1.1')
    return new Refusal(400, 'request.no_host', 'A request of HTTP/1.1 needs a Host header')
  if (headers.expect === undefined || continuation.test(headers.expect)) return null
  return new Refusal(
    417,
    'request.expectation',
    `This expectation cannot be met: ${sanitize(headers.expect, { lengthMax: 80 })}`,
    'Only 100-continue can.',
  )
}

function answerRefusal(refusal: Refusal, response: ServerResponse): void {
  const body = JSON.stringify(envelope(refusal))
  response.writeHead(refusal.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  })
  response.end(body)
}

/**
 * Who sends one request after the other without waiting for the answers has them all at work, and their answers held, at the same
 * time: a few are a client's good right, a thousand fit into one packet and would hold up everybody else. It is cut off.
 * @returns whether this one is to be answered
 */
function boundedPipelines(): (socket: Socket, response: ServerResponse) => boolean {
  const unanswered = new WeakMap<Socket, number>()
  return (socket, response) => {
    if (socket.destroyed) return false
    const count = (unanswered.get(socket) ?? 0) + 1
    if (count > pipelinedMax) {
      socket.destroy()
      return false
    }
    unanswered.set(socket, count)
    response.once('close', () => unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1))
    return true
  }
}

/**
 * Who was answered before it had sent all is still sending: a connection that is cut then may lose the answer on its way. What
 * comes is thrown away for a moment, and up to a bound: a moment of a quick connection is a gigabyte.
 */
function linger(request: IncomingMessage, clock: Clock): void {
  if (request.complete || request.destroyed) return
  const timer = clock.after(lingerMs, () => request.destroy(), { background: true })
  let bytes = 0
  request.once('end', () => timer.cancel()).once('close', () => timer.cancel())
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > lingerBytes) request.destroy()
  })
  request.resume()
}

/** Waits for requests at work until the deadline, then cuts what is left. */
export async function closeServer(server: Server, clock: Clock, deadlineMs: number): Promise<void> {
  if (!server.listening) return
  await new Promise<void>((resolve) => {
    const timer = clock.after(deadlineMs, () => server.closeAllConnections())
    server.close(() => {
      timer.cancel()
      resolve()
    })
    server.closeIdleConnections()
  })
}

/** @param current the connection's latest answer: where that has begun, another would be taken for a part of it */
function answerUnreadable(
  error: NodeJS.ErrnoException,
  socket: Socket,
  current: ServerResponse | undefined,
): void {
  const isFree = current === undefined || !current.headersSent
  if (!socket.writable || error.code === 'ECONNRESET' || !isFree) {
    socket.destroy(error)
    return
  }
  const { words, refusal } = unreadable[error.code ?? ''] ?? malformed
  const body = JSON.stringify(envelope(refusal))
  socket.end(
    `HTTP/1.1 ${refusal.status} ${words}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  )
}

interface Unreadable {
  words: string
  refusal: Refusal
}

const malformed: Unreadable = {
  words: 'Bad Request',
  refusal: new Refusal(400, 'request.not_http', 'This is no HTTP/1.1 request'),
}

const unreadable: Record<string, Unreadable> = {
  HPE_HEADER_OVERFLOW: {
    words: 'Request Header Fields Too Large',
    refusal: new Refusal(
      431,
      'request.head_too_large',
      `The head of this request is larger than ${headerBytes} bytes`,
    ),
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    words: 'Request Timeout',
    refusal: new Refusal(
      408,
      'request.too_slow',
      'This request did not come whole in time',
      'Send it again.',
    ),
  },
}
