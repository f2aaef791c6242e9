import { createConnection, type Socket } from 'node:net'

export interface RawAnswer {
  status: number
  text: string
}

/** A unix socket's path, or a port of this machine. */
export type Target = string | number

export function connectTo(target: Target): Socket {
  return typeof target === 'number'
    ? createConnection({ host: '127.0.0.1', port: target })
    : createConnection(target)
}

/** Writes bytes to the socket as they are and answers what comes back until the server ends the connection. */
export function raw(target: Target, bytes: string | Buffer): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connectTo(target)
    const chunks: Uint8Array[] = []
    const finish = () => {
      const text = Buffer.concat(chunks).toString('utf8')
      resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), text })
    }
    socket.on('connect', () => socket.write(bytes))
    socket.on('data', (chunk) => chunks.push(Buffer.from(chunk)))
    socket.on('end', () => socket.end())
    socket.on('close', finish)
    // A server that refuses while we still write resets; what it said before that counts.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') reject(error)
    })
  })
}

export function post(path: string, body: string, headers: readonly string[] = []): string {
  const head = [`POST ${path} HTTP/1.1`, 'Host: x', 'Connection: close', ...headers]
  return [...head, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n')
}

export function get(path: string, headers: readonly string[] = []): string {
  return [`GET ${path} HTTP/1.1`, 'Host: x', 'Connection: close', ...headers, '', ''].join('\r\n')
}
