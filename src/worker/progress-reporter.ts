import type { Clock, Timer } from '../ports/clock.ts'
import type { Progress } from './progress-line.ts'

export interface ProgressReporter {
  push(progress: Progress): void
  /** Drops what was not sent; settles when no report is under way any more. */
  stop(): Promise<void>
}

/**
 * Sends the latest progress at most once in `intervalMs`, one report at a time: a command that prints thousands of lines
 * costs the database a few writes a second. `send` must not reject.
 */
export function createProgressReporter(
  send: (progress: Progress) => Promise<void>,
  clock: Clock,
  intervalMs = 250,
): ProgressReporter {
  let waiting: Progress | undefined
  let timer: Timer | undefined
  let sending: Promise<void> | undefined

  const pump = (): void => {
    if (waiting === undefined || timer !== undefined || sending !== undefined) return
    const progress = waiting
    waiting = undefined
    timer = clock.after(intervalMs, () => {
      timer = undefined
      pump()
    })
    sending = send(progress).finally(() => {
      sending = undefined
      pump()
    })
  }

  return {
    push(progress) {
      waiting = progress
      pump()
    },
    async stop() {
      waiting = undefined
      timer?.cancel()
      await sending
      timer?.cancel()
    },
  }
}
