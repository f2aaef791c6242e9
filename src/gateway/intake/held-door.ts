import { createServer as createHolder, type Server as Holder, type Socket } from 'node:net'
import type { Server } from 'node:http'

/** A port that is kept open for a gateway that is still to come: who connects meanwhile waits, instead of being refused. */
export interface HeldDoor {
  readonly host: string
  readonly port: number
  /** Hands the port on, with those who wait. False: it is open no more. */
  handTo(server: Server): boolean
  /** Nobody comes: those who wait are let go. After it was handed on, this does nothing. */
  close(): void
}

/** Far more than connect within the second that it takes. */
const waitingMax = 1_024

/**
 * Listens beside the gateway at this address, whose daemon is about to leave: the kernel gives new connections to either of them,
 * and to this alone when the other is gone. Both have to allow that (`SO_REUSEPORT`), and be of the same user.
 * @returns null: the other does not, or is no longer there to be asked
 */
export async function holdDoor(url: string): Promise<HeldDoor | null> {
  const { hostname, port: digits } = new URL(url)
  const place = { host: hostname.replaceAll(/[[\]]/g, ''), port: Number(digits) }
  const waiting = new Set<Socket>()
  const holder = createHolder({ pauseOnConnect: true }, (socket) => {
    waiting.add(socket)
    // It may be reset while it waits.
    socket.on('error', ignore).once('close', () => waiting.delete(socket))
  })
  holder.maxConnections = waitingMax
  const isOpen = await listens(holder, place)
  let isHeld = isOpen
  return isOpen
    ? {
        ...place,
        handTo(server) {
          if (!isHeld) return false
          isHeld = false
          server.listen(holder)
          for (const socket of waiting) {
            socket.off('error', ignore)
            server.emit('connection', socket)
            socket.resume()
          }
          waiting.clear()
          return true
        },
        close() {
          if (!isHeld) return
          isHeld = false
          holder.close()
          for (const socket of waiting) socket.destroy()
        },
      }
    : null
}

function listens(holder: Holder, place: { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    holder.once('error', () => resolve(false))
    holder.listen({ ...place, reusePort: true }, () => resolve(true))
  })
}

function ignore(): void {}
