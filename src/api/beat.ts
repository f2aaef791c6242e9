import type { Clock } from '../ports/clock.ts'

/** Repeats until the returned function is called; one at a time, so that nothing piles up behind a stalled reader. */
export function beat(clock: Clock, everyMs: number, action: () => Promise<void>): () => void {
  let stopped = false
  let timer = clock.after(everyMs, again, { background: true })
  function again(): void {
    action()
      // A reader that is gone shows in the stream itself.
      .catch(() => {})
      .finally(() => {
        if (!stopped) timer = clock.after(everyMs, again, { background: true })
      })
  }
  return () => {
    stopped = true
    timer.cancel()
  }
}
