import { performance } from 'node:perf_hooks'
import type { Clock, Timer } from '../ports/clock.ts'

/** setTimeout fires at once when asked for more (a signed 32-bit number of milliseconds), so longer waits go in legs. */
const longestLegMs = 2 ** 31 - 1

/** What performance.now() counts from, on the machine's own clock (CLOCK_MONOTONIC, which both are). */
const [bootSeconds, bootNanoseconds] = process.hrtime()
const processStartMs = bootSeconds * 1000 + bootNanoseconds / 1e6 - performance.now()

/** The machine's own clocks and timers. */
export function systemClock(): Clock {
  return {
    wallMs: () => Date.now(),
    monotonicMs: () => processStartMs + performance.now(),
    after: startTimer,
    sleep,
  }
}

function startTimer(delayMs: number, action: () => void, options: { background?: boolean } = {}): Timer {
  let handle: NodeJS.Timeout
  const leg = (leftMs: number): void => {
    const legMs = Math.min(leftMs, longestLegMs)
    handle = setTimeout(() => (leftMs > legMs ? leg(leftMs - legMs) : action()), legMs)
    if (options.background === true) handle.unref()
  }
  // Ceil: a fraction would be cut off, and the timer would fire before its time. NaN counts as no delay.
  leg(Math.max(0, Math.ceil(delayMs)) || 0)
  return { cancel: () => clearTimeout(handle) }
}

async function sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted()
  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => {
      timer.cancel()
      reject(signal?.reason)
    }
    const timer = startTimer(delayMs, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
