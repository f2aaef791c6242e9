import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

/** A server that says whatever bytes a test wants, when it wants. */
export interface RawServer {
  readonly port: number
  /** All connections there ever were. */
  readonly connections: readonly RawConnection[]
  /** Settles when the first bytes of any connection are here. */
  hello(): Promise<void>
  /** The next request that nobody has taken yet, once its head and body are here. */
  request(): Promise<RawRequest>
  close(): Promise<void>
}

export interface RawConnection {
  readonly socket: Socket
  readonly closed: Promise<void>
}

export interface RawRequest extends RawConnection {
  /** As it came. */
  readonly text: string
}

export async function rawServer(): Promise<RawServer> {
  const connections: RawConnection[] = []
  const requests: RawRequest[] = []
  const waiting: ((request: RawRequest) => void)[] = []
  let greet: () => void = () => {}
  const greeted = new Promise<void>((resolve) => {
    greet = resolve
  })
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {})
    const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()))
    const connection = { socket, closed }
    connections.push(connection)
    let text = ''
    socket.on('data', (chunk) => {
      greet()
      text += chunk.toString('latin1')
      if (!isWhole(text)) return
      const request = { ...connection, text }
      text = ''
      const waiter = waiting.shift()
      if (waiter === undefined) requests.push(request)
      else waiter(request)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    connections,
    hello: () => greeted,
    request: () => {
      const next = requests.shift()
      return next === undefined ? new Promise((resolve) => void waiting.push(resolve)) : Promise.resolve(next)
    },
    async close() {
      server.close()
      for (const { socket } of connections) socket.destroy()
      await once(server, 'close')
    },
  }
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) return false
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1] ?? 0)
  return text.length >= end + 4 + length
}
