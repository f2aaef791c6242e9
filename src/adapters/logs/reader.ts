import type { FileHandle } from 'node:fs/promises'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { LogSegment } from '../../domain/log-segment.ts'
import { OperationalError } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { LogPiece, LogReader, LogWish } from '../../ports/log-files.ts'
import { readAt } from './bytes.ts'
import { Doorbell } from './doorbell.ts'
import { firstSince } from './first-since.ts'
import { LastLines } from './last-lines.ts'
import { linesOf } from './lines.ts'
import { findLiveStart } from './live-start.ts'
import { codeOf, openLog, translate } from './open-log.ts'
import { chunkBytes, openPart } from './part-bytes.ts'
import { listSegments } from './segments.ts'

export function createLogReader(path: string, clock: Clock): LogReader {
  async function* read(wish: LogWish, signal?: AbortSignal): AsyncIterable<LogPiece> {
    const reading = new Reading(path, clock, wish, signal)
    try {
      for await (const piece of reading.pieces()) {
        yield piece
        if (signal?.aborted === true) return
      }
    } catch (error) {
      if (error instanceof OperationalError || codeOf(error) === undefined) throw error
      await translate(path, error, 'read')
    } finally {
      await reading.close()
    }
  }
  return {
    read,
    lines: (wish, signal) => linesOf(read(wish, signal)),
    async exists() {
      const there = await stat(path).then(
        () => true,
        () => false,
      )
      return there || (await listSegments(path)).length > 0
    },
  }
}

const triesMax = 5

/** One pass over a log: its parts, then the log itself, then what comes. */
class Reading {
  readonly #path: string
  readonly #folder: string
  readonly #clock: Clock
  readonly #wish: LogWish
  readonly #signal: AbortSignal | undefined
  #file: FileHandle | null = null
  #inode = 0
  /** Offset in the log of the next byte to be read. */
  #position = 0
  /** Where the log ended when we began. */
  #firstEnd = 0
  /** Parts up to this stamp are done with. */
  #doneMs = 0
  /** The next bytes do not go on where the last ones ended. */
  #fresh = true

  constructor(path: string, clock: Clock, wish: LogWish, signal: AbortSignal | undefined) {
    this.#path = path
    this.#folder = dirname(path)
    this.#clock = clock
    this.#wish = wish
    this.#signal = signal
  }

  async *pieces(): AsyncIterable<LogPiece> {
    yield* this.#begin()
    // Only what was there: a writer that is faster than our reader would keep us here for ever.
    yield* this.#live(this.#firstEnd)
    yield { kind: 'end' }
    if (!this.#wish.follow) return
    const bell = new Doorbell(this.#path, this.#clock)
    try {
      while (this.#signal?.aborted !== true) {
        if (await this.#isAnother()) yield* this.#change()
        yield* this.#live()
        await bell.rung(this.#signal)
      }
    } finally {
      bell.close()
    }
  }

  async close(): Promise<void> {
    await this.#file?.close()
    this.#file = null
  }

  /** Finds where the wish begins, and gives the parts from there on. */
  async *#begin(): AsyncIterable<LogPiece> {
    const { segments, first, skip, liveFrom } = await this.#settledBeginning()
    const live = liveFrom ?? this.#position
    let before: LogSegment | undefined
    for (const segment of segments.slice(first)) {
      this.#fresh = before?.end !== segment.from
      yield* this.#part(segment, before === undefined ? skip : 0)
      before = segment
    }
    this.#doneMs = segments.at(-1)?.stampMs ?? 0
    this.#fresh = before?.end !== live
    this.#position = live
  }

  /** What is cut off while we count lines would be passed over in the counting; seldom, so it is counted again. */
  async #settledBeginning() {
    for (let tries = 1; ; tries++) {
      const segments = await listSegments(this.#path)
      await this.#open(segments.at(-1))
      const beginning = await this.#beginning(segments)
      const now = await listSegments(this.#path)
      if (tries === triesMax || now.at(-1)?.stampMs === segments.at(-1)?.stampMs)
        return { ...beginning, segments }
      await this.close()
    }
  }

  async #beginning(segments: readonly LogSegment[]) {
    const { lines, sinceMs } = this.#wish
    const size = (await this.#file?.stat())?.size ?? 0
    this.#firstEnd = size
    if (lines === null) {
      const first = sinceMs === null ? 0 : segments.findIndex(({ stampMs }) => stampMs >= sinceMs)
      if (first >= 0) return { first, skip: 0, liveFrom: null }
      return { first: segments.length, skip: 0, liveFrom: await this.#liveSince(sinceMs ?? 0, size) }
    }
    const search = new LastLines(lines)
    const inLive = this.#file && (await search.inFile(this.#file, this.#position, size))
    if (typeof inLive === 'number') return { first: segments.length, skip: 0, liveFrom: inLive }
    for (let index = segments.length - 1; index >= 0; index--) {
      const segment = segments[index]
      const skip = segment && (await search.inPart(this.#folder, segment))
      if (skip !== undefined) return { first: index, skip, liveFrom: null }
    }
    return { first: 0, skip: 0, liveFrom: null }
  }

  async #liveSince(sinceMs: number, size: number): Promise<number | null> {
    const { timeOf } = this.#wish
    if (this.#file === null || timeOf === undefined) return null
    return await firstSince(this.#file, { from: this.#position, end: size }, sinceMs, timeOf)
  }

  async *#part(segment: LogSegment, skip: number): AsyncIterable<LogPiece> {
    const bytes = await openPart(this.#folder, segment, skip)
    if (bytes === null) yield { kind: 'gap', bytes: segment.end - segment.from - skip }
    else
      for await (const chunk of bytes) {
        yield { kind: 'bytes', bytes: chunk, fresh: this.#fresh }
        this.#fresh = false
      }
    this.#fresh = bytes === null
    this.#doneMs = segment.stampMs
  }

  /** What the log holds from our position on, up to `end`. */
  async *#live(end = Number.POSITIVE_INFINITY): AsyncIterable<LogPiece> {
    while (this.#file !== null && this.#position < end) {
      const chunk = await readAt(this.#file, this.#position, Math.min(chunkBytes, end - this.#position))
      if (chunk.length === 0) return
      // Zeros are what is left of bytes that were cut off since: their part was named before they were freed.
      if (chunk.includes(0)) {
        const cut = this.#unread(await listSegments(this.#path))
        if (cut.length > 0) {
          yield* this.#caughtUp(cut)
          continue
        }
      }
      this.#position += chunk.length
      yield { kind: 'bytes', bytes: chunk, fresh: this.#fresh }
      this.#fresh = false
    }
  }

  /** Those that were cut off beyond our position since we began. */
  #unread(segments: readonly LogSegment[]): LogSegment[] {
    return segments.filter(({ stampMs, end }) => stampMs > this.#doneMs && end > this.#position)
  }

  /** Goes on in the parts that were cut off beyond our position. */
  async *#caughtUp(cut: readonly LogSegment[]): AsyncIterable<LogPiece> {
    for (const segment of cut) {
      if (segment.from > this.#position) {
        yield { kind: 'gap', bytes: segment.from - this.#position }
        this.#fresh = true
      }
      yield* this.#part(segment, Math.max(0, this.#position - segment.from))
      this.#position = segment.end
    }
  }

  /** Another file lies in the log's place, or the same one has become shorter. */
  async #isAnother(): Promise<boolean> {
    const now = await stat(this.#path).catch(() => null)
    if (now === null) return false
    return this.#file === null || now.ino !== this.#inode || now.size < this.#position
  }

  /** Cut off and collapsed, which moves what is left to the front; or truncated by somebody. */
  async #isShorter(): Promise<boolean> {
    return this.#file !== null && (await this.#file.stat()).size < this.#position
  }

  async *#change(): AsyncIterable<LogPiece> {
    // What the old file still got.
    yield* this.#live()
    const segments = await listSegments(this.#path)
    if (await this.#isShorter()) yield* this.#caughtUp(this.#unread(segments))
    await this.close()
    await this.#open(segments.at(-1))
    this.#fresh = true
    for (const segment of segments) if (segment.stampMs > this.#doneMs) yield* this.#part(segment, 0)
    this.#fresh = true
  }

  async #open(newest: LogSegment | undefined): Promise<void> {
    this.#file = await openLog(this.#path, 'read')
    if (this.#file === null) return
    const { ino, size } = await this.#file.stat()
    this.#inode = ino
    this.#position = (await findLiveStart(this.#file, size, this.#folder, newest)).offset
  }
}
