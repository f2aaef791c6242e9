import type { Socket } from 'node:net'
import type { Clock } from '../ports/clock.ts'
import { OperationalError } from '../errors.ts'
import { type Address, connectTo, headOf, whereOf } from './address.ts'

/**
 * HTTP/1.1 over a unix socket, or TCP, in a page: one request a connection, answers by length, chunked or until the end.
 * `node:http` would do it too, but costs a short command more time than all the rest of it together (60 ms against 6).
 */
export interface HttpRequest {
  address: Address
  method: string
  path: string
  headers: Record<string, string>
  body?: string
  /** For the whole answer, or with `onChunk` for its head alone. */
  timeoutMs: number
  clock: Clock
  signal?: AbortSignal
  /** Asked after each piece that was read: no more is read until it settles. By it a slow consumer is felt by the server. */
  room?: () => Promise<void> | undefined
}

export interface HttpResponse {
  status: number
  headers: Record<string, string>
  body: string
}

/** A reply larger than this is not one of ours. */
const maxResponseBytes = 256 * 1024 * 1024
const maxHeadBytes = 64 * 1024

/** Sends a request and gathers its answer. Throws OperationalError `daemon.unreachable`, `daemon.timeout`, `daemon.broken`. */
export async function request(options: HttpRequest): Promise<HttpResponse> {
  const chunks: Buffer[] = []
  let bytes = 0
  const head = await exchange(options, (chunk) => {
    bytes += chunk.length
    if (bytes > maxResponseBytes) throw broken(options, 'its answer is too large')
    chunks.push(chunk)
  })
  return { ...head, body: Buffer.concat(chunks).toString('utf8') }
}

/** Sends a request and hands on its body as it arrives; settles when the server ends it. The deadline is for the head. */
export function stream(
  options: HttpRequest,
  onChunk: (head: ResponseHead, chunk: Buffer) => void,
): Promise<ResponseHead> {
  return exchange(options, (chunk, head) => onChunk(head, chunk), true)
}

export type ResponseHead = Omit<HttpResponse, 'body'>

function exchange(
  options: HttpRequest,
  onBody: (chunk: Buffer, head: ResponseHead) => void,
  endless = false,
): Promise<ResponseHead> {
  return new Promise((resolve, reject) => {
    const { socket, ready } = connectTo(options.address)
    const parser = new ResponseParser(onBody)
    const timer = options.clock.after(options.timeoutMs, () => settle(timedOut(options)))
    const abort = () => settle(undefined)
    options.signal?.addEventListener('abort', abort, { once: true })

    const settle = (error?: Error) => {
      timer.cancel()
      options.signal?.removeEventListener('abort', abort)
      socket.destroy()
      if (error) reject(error)
      else if (parser.head) resolve(parser.head)
      else reject(broken(options, 'it ended the connection without an answer'))
    }
    const read = (chunk: Buffer) => {
      try {
        parser.push(chunk)
      } catch (error) {
        return settle(error instanceof Error ? error : new Error(String(error)))
      }
      if (endless && parser.head) timer.cancel()
      if (parser.done) return settle()
      const room = options.room?.()
      if (room === undefined) return
      socket.pause()
      void room.then(() => socket.resume(), settle)
    }
    socket.on(ready, () => send(socket, options))
    socket.on('data', read)
    socket.on('end', () =>
      settle(parser.head && !parser.complete() ? broken(options, 'its answer was cut off') : undefined),
    )
    socket.on('error', (error) => settle(unreachable(options, error)))
    if (options.signal?.aborted) abort()
  })
}

function send(socket: Socket, { address, method, path, headers, body }: HttpRequest): void {
  const head = headOf(address)
  const lines = [`${method} ${head.prefix}${path} HTTP/1.1`, 'Connection: close']
  for (const [name, value] of Object.entries({ ...head.headers, ...headers })) lines.push(`${name}: ${value}`)
  if (body !== undefined) {
    lines.push('Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`)
  }
  socket.write(`${lines.join('\r\n')}\r\n\r\n${body ?? ''}`)
}

/** Reads an answer as it comes: head, then a body by length, by chunks, or to the end of the connection. */
export class ResponseParser {
  head: ResponseHead | undefined
  done = false
  #pending: Buffer = Buffer.alloc(0)
  /** Bytes still to come of the body or chunk; undefined: until the end, or a chunk's size line is next. */
  #remaining: number | undefined
  #chunked = false
  readonly #onBody: (chunk: Buffer, head: ResponseHead) => void

  constructor(onBody: (chunk: Buffer, head: ResponseHead) => void) {
    this.#onBody = onBody
  }

  push(chunk: Buffer): void {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
    while (!this.done && this.#step());
  }

  /** May the connection end here? */
  complete(): boolean {
    return this.done || (!this.#chunked && this.#remaining === undefined)
  }

  /** Takes one piece off the pending bytes; false when more are needed. */
  #step(): boolean {
    if (!this.head) return this.#readHead()
    if (this.#remaining !== undefined) return this.#readBody(this.head, this.#remaining)
    if (this.#chunked) return this.#readChunkSize()
    return this.#emit(this.head, this.#pending.length)
  }

  #readHead(): boolean {
    const end = this.#pending.indexOf('\r\n\r\n')
    if (end < 0 && this.#pending.length > maxHeadBytes) throw malformed('its head is too long')
    if (end < 0) return false
    this.head = parseHead(this.#take(end + 4).toString('latin1'))
    const { status, headers } = this.head
    this.#chunked = headers['transfer-encoding']?.toLowerCase() === 'chunked'
    if (!this.#chunked && headers['content-length'] !== undefined)
      this.#remaining = Number(headers['content-length'])
    if (status === 204 || this.#remaining === 0) this.done = true
    return true
  }

  #readBody(head: ResponseHead, remaining: number): boolean {
    const size = Math.min(remaining, this.#pending.length)
    if (size === 0) return false
    this.#remaining = remaining - size
    this.#emit(head, size)
    if (this.#remaining > 0) return false
    if (this.#chunked) this.#remaining = undefined
    else this.done = true
    return true
  }

  #readChunkSize(): boolean {
    // The CRLF that ends the chunk before is skipped with the size line that follows it.
    const from = this.#pending[0] === 13 ? 2 : 0
    const end = this.#pending.indexOf('\r\n', from)
    if (end < 0) return false
    const line = this.#take(end + 2)
      .toString('latin1')
      .trim()
    const size = /^[0-9a-f]{1,12}(;.*)?$/i.test(line) ? Number.parseInt(line, 16) : Number.NaN
    if (Number.isNaN(size)) throw malformed('a chunk has no size')
    if (size === 0) this.done = true
    else this.#remaining = size
    return true
  }

  #emit(head: ResponseHead, size: number): boolean {
    if (size > 0) this.#onBody(this.#take(size), head)
    return false
  }

  #take(size: number): Buffer {
    const taken = this.#pending.subarray(0, size)
    this.#pending = this.#pending.subarray(size)
    return taken
  }
}

function parseHead(text: string): ResponseHead {
  const [statusLine = '', ...lines] = text.trimEnd().split('\r\n')
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(statusLine)
  if (!status) throw malformed(`it does not speak HTTP (${JSON.stringify(statusLine.slice(0, 40))})`)
  const headers: Record<string, string> = Object.create(null) as Record<string, string>
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon > 0) headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim()
  }
  return { status: Number(status[1]), headers }
}

function malformed(what: string): OperationalError {
  return new OperationalError(`What answers there is not jrctl: ${what}`, {
    code: 'daemon.broken',
    retryable: false,
  })
}

function broken({ address }: HttpRequest, what: string): OperationalError {
  return new OperationalError(`The daemon on ${whereOf(address)} did not answer properly: ${what}`, {
    code: 'daemon.broken',
    retryable: true,
    hint: 'Look at its log with `jrctl logs`.',
  })
}

function timedOut({ address, timeoutMs }: HttpRequest): OperationalError {
  return new OperationalError(`The daemon on ${whereOf(address)} did not answer within ${timeoutMs} ms`, {
    code: 'daemon.timeout',
    retryable: true,
    hint: 'It may be busy or stopped (SIGSTOP); look at its log with `jrctl logs`.',
  })
}

function unreachable({ address }: HttpRequest, error: NodeJS.ErrnoException): OperationalError {
  const where = whereOf(address)
  if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') {
    return new OperationalError(`No daemon answers on ${where}`, {
      code: 'daemon.unreachable',
      retryable: true,
      hint:
        'url' in address
          ? 'See on that machine with `jrctl status` where it listens ([api] listen).'
          : (address.start ??
            'Start one with `jrctl daemon`, or a sample fleet with `jrctl demo`; `--config` chooses another.'),
      cause: error,
    })
  }
  const denied = error.code === 'EACCES' || error.code === 'EPERM'
  return new OperationalError(`Cannot reach the daemon on ${where}: ${error.code ?? error.message}`, {
    code: denied ? 'daemon.denied' : 'daemon.unreachable',
    retryable: !denied,
    hint: denied ? 'Its socket belongs to another user; ask as that user (sudo -u …).' : undefined,
    cause: error,
  })
}
