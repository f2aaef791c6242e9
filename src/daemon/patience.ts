import type { Clock, Timer } from '../ports/clock.ts'
import type { ServiceManager } from '../ports/service-manager.ts'

const askEveryMs = 10_000
const extendMs = 30_000

/** What asks a service manager to wait for a start or a stop, which may take longer than a unit's usual. */
export interface Patience {
  /** What is waited for now, in words for people. */
  say(status: string): void
  stop(): void
}

/**
 * Asks again and again, from our own event loop, until stopped. A start or stop that takes longer than `longestMs` is none,
 * whatever it says, and falls to the unit's own limits.
 */
export function askForPatience(manager: ServiceManager, clock: Clock, longestMs: number): Patience {
  const beganMs = clock.monotonicMs()
  const wish = () => (clock.monotonicMs() - beganMs > longestMs ? {} : { extendMs })
  let timer: Timer
  const ask = (): void => {
    const more = wish()
    if (more.extendMs === undefined) return
    manager.tell(more)
    timer = clock.after(askEveryMs, ask, { background: true })
  }
  timer = clock.after(askEveryMs, ask, { background: true })
  return {
    say: (status) => manager.tell({ status, ...wish() }),
    stop: () => timer.cancel(),
  }
}
