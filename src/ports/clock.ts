/**
 * Time as a port (architecture: "Clock and Random are ports everywhere outside adapters").
 * Monotonic for durations, wall time only for showing and for stamping rows of our own SQLite.
 */
export interface Clock {
  /** Wall time, epoch milliseconds. */
  wallMs(): number
  /**
   * Monotonic milliseconds since the machine's start, the same for every process on it: between two readings, of whichever
   * processes, at least their difference has passed. Stands still while the machine sleeps.
   */
  monotonicMs(): number
  /** Calls `action` once after `delayMs`. The timer keeps no process alive when `background`. */
  after(delayMs: number, action: () => void, options?: { background?: boolean }): Timer
  /** Settles after `delayMs`, or rejects with the signal's reason when it is aborted first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>
}

export interface Timer {
  cancel(): void
}
