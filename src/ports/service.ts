/** A long-lived part. `stop` is idempotent, bounded by `deadlineMs`, and resolves when nothing of it is left running. */
export interface Service {
  start(): Promise<void>
  stop(deadlineMs?: number): Promise<void>
}
