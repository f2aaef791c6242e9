import type { Clock } from '../ports/clock.ts'
import type { PositionBoard } from './position-board.ts'

/** Whoever asks for the status waits no longer for this: then it has the order as it is known. */
const waitMaxMs = 500
/** At least so long apart, and so many times as long as the last one took: many screens ask several times a second. */
const gapMinMs = 1_000
const gapPerRead = 10

/**
 * Has the order read anew when another number of tasks is counted than it holds: counts are of now, the order is as old as the
 * board's last pass, which may be seconds (the first one after a start is slow, and the pause after a pass is as long as it was
 * slow). A screen with both must not say "4 in progress" and "no task is in progress".
 * @returns to be called with how many are counted
 */
export function freshPositions(
  board: Pick<PositionBoard, 'views' | 'runNow'>,
  clock: Clock,
): (inProgress: number) => Promise<void> {
  let dueMs = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | undefined

  async function read(): Promise<void> {
    const beganMs = clock.monotonicMs()
    // A failure is the duty's to tell; the order of before is shown then.
    await board.runNow().catch(() => {})
    const endedMs = clock.monotonicMs()
    dueMs = endedMs + Math.max(gapMinMs, gapPerRead * (endedMs - beganMs))
    reading = undefined
  }

  return async (inProgress) => {
    if (board.views().length === inProgress) return
    if (reading === undefined && clock.monotonicMs() < dueMs) return
    reading ??= read()
    await atMost(reading, clock)
  }
}

function atMost(read: Promise<void>, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(waitMaxMs, resolve)
    void read.then(() => {
      timer.cancel()
      resolve()
    })
  })
}
