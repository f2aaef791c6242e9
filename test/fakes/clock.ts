import type { Clock, Timer } from '../../src/ports/clock.ts'

export interface FakeClock extends Clock {
  /**
   * Lets `ms` pass: due timers run in order of time, then of creation, each followed by a turn of the event loop, so that
   * what it woke (promises, and the timers those set) takes part.
   */
  advance(ms: number): Promise<void>
  /** Lets `ms` pass without running anything, as when the process is stopped; what became due runs late, with the next advance. */
  stall(ms: number): void
  /** Moves wall time alone, as an operator or NTP does. */
  jumpWall(ms: number): void
  /** Timers not yet run or cancelled; a test that ends with one left has leaked it. */
  readonly pending: number
}

interface Due {
  at: number
  action: () => void
}

/** More than this in one `advance` is a timer loop that feeds itself. */
const firingsMax = 100_000

/** Time that passes only when told to. Wall time starts at 2026-01-01T00:00:00Z, monotonic time at 1,000. */
export function fakeClock(start: { wallMs?: number; monotonicMs?: number } = {}): FakeClock {
  let wallMs = start.wallMs ?? Date.UTC(2026, 0, 1)
  let nowMs = start.monotonicMs ?? 1000
  const timers = new Set<Due>()

  const after = (delayMs: number, action: () => void): Timer => {
    const timer = { at: nowMs + (Math.max(0, delayMs) || 0), action }
    timers.add(timer)
    return { cancel: () => void timers.delete(timer) }
  }

  /** Never back: what is overdue after a stall runs now. */
  const passTo = (at: number): void => {
    wallMs += Math.max(0, at - nowMs)
    nowMs = Math.max(nowMs, at)
  }

  const advance = async (ms: number): Promise<void> => {
    const endMs = nowMs + ms
    await eventLoopTurn()
    for (let firings = 0; ; firings++) {
      const next = earliest(timers, endMs)
      if (next === undefined) break
      if (firings >= firingsMax) throw new Error(`over ${firingsMax} timers ran in advance(${ms})`)
      timers.delete(next)
      passTo(next.at)
      next.action()
      await eventLoopTurn()
    }
    passTo(endMs)
  }

  return {
    wallMs: () => wallMs,
    monotonicMs: () => nowMs,
    after,
    sleep: (delayMs, signal) => sleepOn(after, delayMs, signal),
    advance,
    stall: (ms) => passTo(nowMs + ms),
    jumpWall: (ms) => {
      wallMs += ms
    },
    get pending() {
      return timers.size
    },
  }
}

function earliest(timers: ReadonlySet<Due>, endMs: number): Due | undefined {
  let first: Due | undefined
  for (const timer of timers) {
    if (timer.at <= endMs && (first === undefined || timer.at < first.at)) first = timer
  }
  return first
}

/** Microtasks of any depth run before setImmediate's turn comes. */
function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

async function sleepOn(
  after: (delayMs: number, action: () => void) => Timer,
  delayMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted()
  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => {
      timer.cancel()
      reject(signal?.reason)
    }
    const timer = after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
