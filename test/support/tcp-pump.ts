import type { Socket } from 'node:net'

/** What of a chunk goes on, and what happens when it has left; nothing passes after that. */
export interface Passage {
  bytes: Buffer
  onGone: (() => void) | null
}

export interface Pump {
  /** Nothing moves while it is held; what came meanwhile moves afterwards. */
  hold(held: boolean): void
}

export interface PumpOptions {
  from: Socket
  to: Socket
  /** Asked at each chunk. */
  delayMs: () => number
  /** @returns null when nothing of the chunk goes on now */
  pass: (bytes: Buffer) => Passage | null
}

/** Carries bytes one way, in order, each chunk after the delay that held when it came, no faster than the other side reads. */
export function createPump({ from, to, delayMs, pass }: PumpOptions): Pump {
  let held = false
  let full = false
  let over = false
  const inTurn = createDelayLine(from, delayMs)
  const settle = (): void => {
    if (held || full) from.pause()
    else from.resume()
  }
  const write = (bytes: Buffer): void => {
    if (over || to.destroyed) return
    const passage = pass(bytes)
    if (passage === null) return
    over = passage.onGone !== null
    full = !to.write(passage.bytes, () => passage.onGone?.())
    settle()
  }
  from.on('data', (bytes: Buffer) => inTurn(() => write(bytes)))
  from.on('end', () => inTurn(() => to.end()))
  to.on('drain', () => {
    full = false
    settle()
  })
  return {
    hold(next) {
      held = next
      settle()
    },
  }
}

/** Work goes on in order, one piece whenever a delay is over; what waits when the socket closes is forgotten. */
function createDelayLine(socket: Socket, delayMs: () => number): (work: () => void) => void {
  const waiting: (() => void)[] = []
  const timers = new Set<NodeJS.Timeout>()
  socket.once('close', () => {
    for (const timer of timers) clearTimeout(timer)
  })
  return (work) => {
    const milliseconds = delayMs()
    if (milliseconds === 0 && waiting.length === 0) return work()
    waiting.push(work)
    const timer = setTimeout(() => {
      timers.delete(timer)
      waiting.shift()?.()
    }, milliseconds)
    timers.add(timer)
  }
}
