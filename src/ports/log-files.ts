/**
 * Log files that others hold open and append to: cut off in parts without losing or doubling a byte, and read as one
 * sequence whatever was cut off.
 */
export interface LogRotator {
  /**
   * Looks at a log, and cuts off what is due. Cheap when nothing is: one look at the file. Throws OperationalError:
   * `logs.not_a_log` (a link or no plain file lies in its place), `logs.unwritable`, `logs.disk_full`, `logs.no_holes`
   * (this file system cannot free the front of a file), `logs.truncated` (by another program, meanwhile); nothing is lost by us.
   */
  rotate(path: string, limits: LogLimits): Promise<Rotation>
}

export interface LogLimits {
  /** Cut off once it holds so much, in parts of at most so much. */
  rotateSizeBytes: number
  /** Cut off once its oldest line may be so old; null: whatever its age. */
  rotateAgeMs: number | null
  /** Parts that are kept of a log; older ones are deleted. */
  keep: number
  /** Parts are compressed (gzip). */
  compress: boolean
}

export interface Rotation {
  /** What the log holds now, parts apart; null: there is none. */
  liveBytes: number | null
  /** Names of the parts cut off in this look, the oldest first. */
  cutOff: string[]
  /** Names of the parts that were deleted, being more than are kept. */
  deleted: string[]
}

/** Reads one log with its parts; works without a daemon. */
export interface LogReader {
  /**
   * From where the wish begins on. Tells `end` once it has given what there was; then ends, or follows until `signal` is
   * aborted, across rotations, replacements and the log's own late birth. Throws OperationalError `logs.unreadable`.
   */
  read(wish: LogWish, signal?: AbortSignal): AsyncIterable<LogPiece>
  /** The same by lines; as many at a time as came. A line that is being written comes with `end` as far as it is. */
  lines(wish: LogWish, signal?: AbortSignal): AsyncIterable<LogItem[]>
  /** Whether there is anything to read: the log itself or a part of it. */
  exists(): Promise<boolean>
}

export interface LogWish {
  /** The last so many lines; null: all. */
  lines: number | null
  /** Parts that were over by then are passed over; epoch milliseconds. Which lines are meant is the caller's to judge. */
  sinceMs: number | null
  /** When a line was written, if it says so; with it what is earlier in the log itself is not read either. */
  timeOf?: (line: Buffer) => number | undefined
  follow: boolean
}

export type LogPiece =
  /** `fresh`: does not go on where the last piece ended; a line that was begun there is over. */
  | { kind: 'bytes'; bytes: Buffer; fresh: boolean }
  /** So many bytes were cut off and deleted before they could be read. */
  | { kind: 'gap'; bytes: number }
  | { kind: 'end' }

export interface LogLine {
  kind: 'line'
  /** Without its line break. */
  bytes: Buffer
  /** What was left out at its end, being too long to be held. */
  cutBytes: number
}

/** What comes of the pieces of a log. */
export type LogItem = LogLine | Exclude<LogPiece, { kind: 'bytes' }>
