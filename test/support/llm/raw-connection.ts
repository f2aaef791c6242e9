import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A client that says what no decent one would. */
export interface RawConnection {
  socket: Socket
  /** Everything that came so far, as latin1. */
  text(): string
  /** Settles when what came matches; rejects when the connection closes before. */
  said(pattern: RegExp): Promise<void>
  /** Settles with everything that came, when the server is done with us. */
  closed: Promise<string>
}

export async function rawConnection(url: string, bytes: string | Buffer = ''): Promise<RawConnection> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
  let text = ''
  const looking = new Set<() => void>()
  const look = () => {
    for (const each of looking) each()
  }
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1')
    look()
  })
  // A server that refuses while we still write resets; what it said before that counts.
  socket.on('error', () => {})
  socket.on('end', () => socket.end())
  const closed = new Promise<string>((resolve) => {
    socket.once('close', () => {
      look()
      resolve(text)
    })
  })
  await once(socket, 'connect')
  if (bytes.length > 0) socket.write(bytes)
  return {
    socket,
    text: () => text,
    closed,
    said: (pattern) =>
      new Promise((resolve, reject) => {
        const check = () => {
          if (pattern.test(text)) resolve()
          else if (socket.destroyed) reject(new Error(`it closed without saying ${pattern}: ${text}`))
          else return
          looking.delete(check)
        }
        looking.add(check)
        check()
      }),
  }
}

/** A request's bytes: with a Host, and its body's true length unless headers say something of it. */
export function rawRequest(
  line: string,
  {
    host = '127.0.0.1',
    headers = [],
    body = '',
  }: { host?: string; headers?: readonly string[]; body?: string } = {},
): string {
  const told = headers.some((header) => /^(?:content-length|transfer-encoding):/i.test(header))
  const length = told || body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]
  return [`${line} HTTP/1.1`, `Host: ${host}`, ...length, ...headers, '', body].join('\r\n')
}
