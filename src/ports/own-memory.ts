/** The memory of this very process, and what can be done about it. */
export interface OwnMemory {
  read(): OwnMemoryReading
  /**
   * Asks for a full garbage collection and settles when it is over. It stops the event loop for some milliseconds a hundred
   * megabytes.
   */
  collect(): Promise<void>
  /**
   * Writes a heap snapshot, readable by nobody else, and forgets the oldest beyond `keep`. It stops the event loop for about a
   * second every ten megabytes of heap, and needs as much memory again. Throws OperationalError `memory.snapshot`.
   */
  snapshot(keep: number): Promise<HeapSnapshot>
}

/** Bytes. */
export interface OwnMemoryReading {
  heapUsed: number
  heapTotal: number
  /** Where V8 gives up. */
  heapLimit: number
  rss: number
  external: number
}

export interface HeapSnapshot {
  path: string
  /** For so long nothing else ran. */
  pausedMs: number
}
