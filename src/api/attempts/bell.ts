import type { Clock } from '../../ports/clock.ts'

/** Rung by others, waited for by one. A ring while nobody waits is kept for the next wait. */
export interface Bell {
  ring(): void
  /** Settles when it was rung, when the time is over, or when the signal is aborted. */
  wait(timeoutMs: number, signal: AbortSignal): Promise<void>
}

export function createBell(clock: Clock): Bell {
  let rung = false
  let wake = (): void => {}
  return {
    ring() {
      rung = true
      wake()
    },
    async wait(timeoutMs, signal) {
      if (!rung && !signal.aborted) await waitFor((settle) => (wake = settle), timeoutMs, signal, clock)
      rung = false
      wake = () => {}
    },
  }
}

function waitFor(
  listen: (settle: () => void) => void,
  timeoutMs: number,
  signal: AbortSignal,
  clock: Clock,
): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      timer.cancel()
      signal.removeEventListener('abort', settle)
      resolve()
    }
    const timer = clock.after(timeoutMs, settle)
    signal.addEventListener('abort', settle)
    listen(settle)
  })
}
