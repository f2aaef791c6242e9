import { Socket } from 'node:net'

/** The sockets under our connections, so that none outlives them: a polite goodbye into a black hole is never answered. */
export interface Sockets {
  /** For the driver's `stream` option. */
  open(): Socket
  readonly count: number
  /** Settles when all are closed; those that are not within the grace are cut. */
  closed(graceMs: number): Promise<void>
}

export function createSockets(): Sockets {
  const all = new Set<Socket>()
  return {
    open() {
      const socket = new Socket()
      all.add(socket)
      socket.once('close', () => all.delete(socket))
      return socket
    },
    get count() {
      return all.size
    },
    async closed(graceMs) {
      const open = [...all]
      const closing = Promise.all(open.map(untilClosed))
      const timer = setTimeout(() => {
        for (const socket of open) socket.destroy()
      }, graceMs)
      await closing
      clearTimeout(timer)
    },
  }
}

function untilClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve()
    else socket.once('close', () => resolve())
  })
}
