import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A datagram as a service manager got it. `atMs`: CLOCK_MONOTONIC. */
export interface Notified {
  atMs: number
  lines: string[]
}

export interface NotifyReceiver {
  /** For NOTIFY_SOCKET. */
  socket: string
  readonly received: readonly Notified[]
  /** The first datagram from the `from`th on of which this holds, as soon as it is there. */
  until(holds: (one: Notified) => boolean, from?: number): Promise<Notified>
  /** Takes nothing more in, so that the socket fills. */
  pause(): void
  resume(): void
  close(): Promise<void>
}

/** This Node can receive at all; where not, tests skip. */
export const canReceive = quietly(() => process.getBuiltinModule('node:ffi')) !== undefined

const fixture = new URL('../fixtures/notify-receiver.mjs', import.meta.url).pathname

/** @param socket a path that is free, or `@name` */
export async function startNotifyReceiver(socket: string): Promise<NotifyReceiver> {
  const child = spawn(process.execPath, [fixture, socket], { stdio: ['ignore', 'pipe', 'inherit'] })
  const received: Notified[] = []
  const waiting = new Set<() => void>()
  const ready = Promise.withResolvers<void>()
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => {
      ready.reject(new Error('the receiver did not start'))
      resolve()
    })
  })
  createInterface({ input: child.stdout }).on('line', (line) => {
    const said = JSON.parse(line) as Notified | { ready: true }
    if ('ready' in said) return ready.resolve()
    received.push(said)
    for (const look of waiting) look()
  })
  await ready.promise
  return {
    socket,
    received,
    until: (holds, from = 0) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = received.slice(from).find(holds)
          if (found === undefined) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      }),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async close() {
      child.kill('SIGKILL')
      await closed
    },
  }
}

function quietly<T>(action: () => T): T {
  const emitWarning = process.emitWarning.bind(process)
  process.emitWarning = () => {}
  try {
    return action()
  } finally {
    process.emitWarning = emitWarning
  }
}
