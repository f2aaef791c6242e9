/**
 * The name of a rotated part of a log: `LOG.20261121T201514.123Z.0-104857600`, with `.gz` when it is compressed. When it was
 * cut off, which sorts; and which bytes of the log it holds, by which a reader, and a daemon after a crash, know where the
 * log itself begins without any other record that could be lost or contradict it.
 */
export interface LogSegment {
  /** The file's name, without its folder. */
  name: string
  /** When it was cut off, epoch milliseconds; strictly ascending within a log. */
  stampMs: number
  /** The bytes of the log that it holds: `from` included, `end` not. */
  from: number
  end: number
  compressed: boolean
}

/** What a rotation writes before it counts; whatever carries it after a crash is discarded. */
export const unfinishedSuffix = '.rotating'

export const compressedSuffix = '.gz'

const pattern = /^\.(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)\.(\d{3})Z\.(\d{1,16})-(\d{1,16})(\.gz)?$/

/** The name of a part of the log file `log` (a name, without folder). */
export function segmentName(log: string, segment: Pick<LogSegment, 'stampMs' | 'from' | 'end'>): string {
  const stamp = new Date(segment.stampMs).toISOString().replaceAll(/[-:]/g, '')
  return `${log}.${stamp}.${segment.from}-${segment.end}`
}

/** The part of `log` that a file of this name is; undefined when it is none. */
export function parseSegment(log: string, name: string): LogSegment | undefined {
  if (!name.startsWith(`${log}.`)) return undefined
  const match = pattern.exec(name.slice(log.length))
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second, ms, from, end, gz] = match
  const stampMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`)
  const segment = { name, stampMs, from: Number(from), end: Number(end), compressed: gz !== undefined }
  return Number.isNaN(stampMs) || segment.end <= segment.from ? undefined : segment
}

/**
 * The parts of `log` among the names of its folder, the oldest first. Where a crash left a part both plain and compressed,
 * the compressed one counts, for it was complete when it got its name.
 */
export function segmentsOf(log: string, names: readonly string[]): LogSegment[] {
  const byPart = new Map<string, LogSegment>()
  for (const name of names) {
    const segment = parseSegment(log, name)
    if (segment === undefined) continue
    const part = segmentName(log, segment)
    if (segment.compressed || !byPart.has(part)) byPart.set(part, segment)
  }
  return [...byPart.values()].sort((a, b) => a.stampMs - b.stampMs || a.from - b.from)
}

/** A stamp for the next part: now, or just after the newest when the clock was set back. */
export function nextStampMs(nowMs: number, newest: LogSegment | undefined): number {
  return Math.max(nowMs, (newest?.stampMs ?? 0) + 1)
}
