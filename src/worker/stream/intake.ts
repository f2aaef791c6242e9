/** How much of what the program said is still to be written to the queue. */
export interface Intake {
  add(chars: number): void
  remove(chars: number): void
}

/** A program with hundreds of slots and large results must not fill our memory while the database is slow or away. */
const charsMax = 16 * 1024 * 1024

/** Calls `pause(true)` once too much is waiting, and `pause(false)` once half of that is written. */
export function createIntake(pause: (isPaused: boolean) => void): Intake {
  let waiting = 0
  let isPaused = false

  return {
    add(chars) {
      waiting += chars
      if (waiting <= charsMax) return
      isPaused = true
      // Said each time: the program may be another one than the one that was paused.
      pause(true)
    },
    remove(chars) {
      waiting -= chars
      if (!isPaused || waiting >= charsMax / 2) return
      isPaused = false
      pause(false)
    },
  }
}
