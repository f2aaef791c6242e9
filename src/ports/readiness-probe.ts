/** Signs of a worker's readiness in the outside world: an open port, a line of its log. */
export interface ReadinessProbe {
  /**
   * One try to connect. Null when somebody accepts, else why not, in a few words that go on after "port 8080: ". Never
   * throws; an aborted try answers like a failed one.
   */
  connect(target: PortTarget, timeoutMs: number, signal: AbortSignal): Promise<string | null>
  /** The size of a log as it is now, in bytes; 0 when there is none or it cannot be looked at. */
  logEnd(file: string): Promise<number>
  /**
   * Follows a log until a line matches. Null when one does; why not when following was given up (aborted, a pattern that
   * takes too long). Lines count once they are complete; of a long one only the first 8 KiB are looked at. Never throws.
   */
  awaitLine(watch: LogWatch, signal: AbortSignal): Promise<string | null>
}

export interface PortTarget {
  host: string
  port: number
}

export interface LogWatch {
  file: string
  /** What stands before is of an earlier life. In bytes. */
  fromOffset: number
  /** Source of a regular expression (flag u). */
  pattern: string
}
