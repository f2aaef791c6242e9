import { spawnSync } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'

/** What the workers tell of their starts, in the order told. */
export interface Births {
  /** Where to. */
  fifo: string
  all: readonly Birth[]
  /** Settles when so many were told since `from` (an index into `all`); rejects after a while. */
  reached(count: number, from: number, timeoutMs: number): Promise<void>
  close(): void
}

export interface Birth {
  pid: number
  /** Milliseconds of the bench's own monotonic clock, when it read the line: the way through the pipe is the same for all. */
  atMs: number
}

export function listenForBirths(folder: string): Births {
  const fifo = join(folder, 'births')
  const { status } = spawnSync('mkfifo', ['-m', '600', fifo])
  if (status !== 0) throw new Error(`mkfifo ${fifo} ended with ${status}`)
  // For writing too, so that it never ends.
  const fd = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK)
  const all: Birth[] = []
  const waiting = new Set<() => void>()
  let begun = ''
  const socket = new Socket({ fd, readable: true, writable: false })
  socket.on('error', () => {})
  socket.on('data', (bytes: Buffer) => {
    const atMs = performance.now()
    const lines = (begun + bytes.toString('latin1')).split('\n')
    begun = lines.pop() ?? ''
    for (const line of lines) all.push({ pid: Number(line), atMs })
    for (const look of waiting) look()
  })

  return {
    fifo,
    all,
    reached: (count, from, timeoutMs) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (all.length - from < count) return
          clearTimeout(timer)
          waiting.delete(look)
          resolve()
        }
        const late = (): void => {
          waiting.delete(look)
          reject(new Error(`${all.length - from} of ${count} workers started within ${timeoutMs} ms`))
        }
        const timer = setTimeout(late, timeoutMs)
        waiting.add(look)
        look()
      }),
    close() {
      socket.destroy()
      try {
        closeSync(fd)
      } catch {
        // The socket has closed it.
      }
    },
  }
}
