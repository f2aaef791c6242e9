import { createHash } from 'node:crypto'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '../ports/clock.ts'

/**
 * Runs an action when no other process runs one of the same name; null when one still does after `patienceMs`. The lock is a
 * socket in Linux's abstract namespace: the kernel gives it back however its owner ends, so that no stale lock is ever left, and
 * whoever waits is connected to it, so that he hears of that end at once. Processes of all accounts see it, those of another
 * network namespace (a container with a network of its own) do not: what is run here must be safe to be done twice.
 */
export async function onlyOne<T>(
  name: string,
  { patienceMs, clock }: { patienceMs: number; clock: Clock },
  action: () => Promise<T>,
): Promise<T | null> {
  // Hashed: a name may be longer than a socket's address.
  const address = `\0jrctl-${createHash('sha256').update(name).digest('hex')}`
  const untilMs = clock.monotonicMs() + patienceMs
  const waiting = new Set<Socket>()
  let server = await take(address, waiting)
  while (server === null) {
    const leftMs = untilMs - clock.monotonicMs()
    if (leftMs <= 0) return null
    await freed(address, leftMs, clock)
    server = await take(address, waiting)
  }
  try {
    return await action()
  } finally {
    server.close()
    for (const one of waiting) one.destroy()
  }
}

/** Null: another process has it. */
function take(address: string, waiting: Set<Socket>): Promise<Server | null> {
  const server = createServer((socket) => {
    waiting.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => waiting.delete(socket))
    socket.resume()
  })
  // Of those who wait beyond, each asks again in a moment.
  server.maxConnections = 100
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(null)
      else reject(error)
    })
    server.listen(address, () => resolve(server))
  })
}

/** Between two questions of one who is not let in to wait. */
const pauseMs = 50

/** Settles when whoever has the lock ends, or the time is over. */
async function freed(address: string, limitMs: number, clock: Clock): Promise<void> {
  const beganMs = clock.monotonicMs()
  await new Promise<void>((resolve) => {
    const socket = connect(address)
    const timer = clock.after(limitMs, () => socket.destroy())
    socket.resume()
    socket.on('error', () => {})
    socket.once('close', () => {
      timer.cancel()
      resolve()
    })
  })
  if (clock.monotonicMs() - beganMs < pauseMs) await clock.sleep(Math.min(pauseMs, limitMs))
}
