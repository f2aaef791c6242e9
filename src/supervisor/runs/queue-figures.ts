import { waitText } from '../slot/exit-text.ts'
import type { RunFigures } from './runs.ts'

/** Waits kept for percentiles. */
const waitsKept = 1_000
/** A run that waited longer for its turn is worth a warning. */
const longWaitMs = 60_000

/** Counts what goes through the execution queue, and says when it has become large. */
export class QueueFigures {
  readonly #queueMax: number
  readonly #warn: (message: string) => void
  #waits: number[] = []
  #begun = 0
  #skipped = 0
  #missed = 0
  #isLarge = false

  /** @param queueMax runs that may wait */
  constructor(queueMax: number, warn: (message: string) => void) {
    this.#queueMax = queueMax
    this.#warn = warn
  }

  begun(name: string, waitedMs: number): void {
    this.#begun += 1
    this.#waits = [...this.#waits.slice(1 - waitsKept), waitedMs]
    if (waitedMs > longWaitMs) {
      this.#warn(
        `the run of ${name} waited ${waitText(waitedMs)} for its turn (max_concurrent, supervisor.run_concurrency)`,
      )
    }
  }

  skipped(): void {
    this.#skipped += 1
  }

  missed(count: number): void {
    this.#missed += count
  }

  /** Told the size after each change: from half full on it is said once, until it is under a quarter again. */
  size(waiting: number): void {
    if (!this.#isLarge && waiting >= this.#queueMax / 2) {
      this.#isLarge = true
      this.#warn(
        `${waiting} runs wait in the execution queue, of at most ${this.#queueMax} (supervisor.run_queue)`,
      )
    } else if (waiting < this.#queueMax / 4) this.#isLarge = false
  }

  read(now: Pick<RunFigures, 'waiting' | 'running' | 'oldestWaitMs'>): RunFigures {
    return {
      ...now,
      lastWaitsMs: this.#waits,
      begun: this.#begun,
      skipped: this.#skipped,
      missed: this.#missed,
    }
  }
}
