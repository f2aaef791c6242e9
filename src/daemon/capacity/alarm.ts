import type { Clock, Timer } from '../../ports/clock.ts'

/** One timer for all that a part waits for: it is set to the first of its times, and only when that changes. */
export interface Alarm {
  /** @param atMs monotonic; Infinity: nothing is waited for */
  setTo(atMs: number): void
}

export function createAlarm(clock: Clock, ring: () => void, options: { background?: boolean } = {}): Alarm {
  let timer: Timer | undefined
  let armedMs = Number.POSITIVE_INFINITY

  return {
    setTo(atMs) {
      if (atMs === armedMs) return
      timer?.cancel()
      armedMs = atMs
      timer =
        atMs === Number.POSITIVE_INFINITY
          ? undefined
          : clock.after(
              Math.max(0, Math.ceil(atMs - clock.monotonicMs())),
              () => {
                armedMs = Number.POSITIVE_INFINITY
                ring()
              },
              options,
            )
    },
  }
}
