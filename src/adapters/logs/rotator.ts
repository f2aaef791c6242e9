import { lstat, open, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type LogSegment, unfinishedSuffix } from '../../domain/log-segment.ts'
import { BugError, OperationalError } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { LogLimits, LogRotator, Rotation } from '../../ports/log-files.ts'
import { compressPart } from './compress.ts'
import { type RotationPoint, cutOff } from './cut-off.ts'
import { type Holes, createHoles } from './holes.ts'
import { findLiveStart } from './live-start.ts'
import { codeOf, misfit, notALog, openLog, translate } from './open-log.ts'
import { makeRoom } from './room.ts'
import { clearLeftovers, deleteSurplus, listSegments } from './segments.ts'

export interface LogRotatorOptions {
  clock: Clock
  holes?: Holes
  /** The apparent size from which a log's freed front is taken out of it altogether, where the file system can. */
  collapseAtBytes?: number
  /** For tests of crashes. */
  reached?: (point: RotationPoint) => void
}

/**
 * A freed front keeps counting in what `ls` shows. At 1 MB/s a terabyte is reached after twelve days, and ext4 ends at 16.
 * Seldom, because `tail -f` takes it for a truncation and shows again what is left.
 */
const collapseAtBytes = 1024 ** 4

/** What a file may have on disk beyond its bytes before its front counts as not freed. */
const slackBytes = 16 * 1024 * 1024

/** What is known of a log between two looks. */
interface Known {
  inode: number
  /** Where its bytes begin that are in no part. */
  start: number
  /** When that part of it began, epoch milliseconds. */
  sinceMs: number
  newest: LogSegment | undefined
}

/** Copies the whole lines, then punches the hole (spec §4). */
export function createLogRotator(options: LogRotatorOptions): LogRotator {
  return new HoleRotator(options)
}

class HoleRotator implements LogRotator {
  readonly #clock: Clock
  readonly #holes: Holes
  readonly #collapseAtBytes: number
  readonly #reached: (point: RotationPoint) => void
  readonly #known = new Map<string, Known>()
  readonly #provenFolders = new Set<string>()

  constructor(options: LogRotatorOptions) {
    this.#clock = options.clock
    this.#holes = options.holes ?? createHoles()
    this.#collapseAtBytes = options.collapseAtBytes ?? collapseAtBytes
    this.#reached = options.reached ?? (() => {})
  }

  async rotate(path: string, limits: LogLimits): Promise<Rotation> {
    const stats = await lstat(path).catch((error: unknown) =>
      codeOf(error) === 'ENOENT' ? null : translate(path, error, 'cut'),
    )
    if (stats === null) {
      this.#known.delete(path)
      return { liveBytes: null, cutOff: [], deleted: [] }
    }
    const problem = misfit(stats, 'cut')
    if (problem !== null) throw notALog(path, problem)
    const known = this.#known.get(path)
    const same = known !== undefined && known.inode === stats.ino && known.start <= stats.size
    if (same && !this.#isDue(known, stats.size, limits))
      return { liveBytes: stats.size - known.start, cutOff: [], deleted: [] }
    return await this.#work(path, limits)
  }

  #isDue(known: Known, size: number, limits: LogLimits): boolean {
    const liveBytes = size - known.start
    if (liveBytes >= limits.rotateSizeBytes) return true
    const ageMs = this.#clock.wallMs() - known.sinceMs
    return limits.rotateAgeMs !== null && liveBytes > 0 && ageMs >= limits.rotateAgeMs
  }

  async #work(path: string, limits: LogLimits): Promise<Rotation> {
    try {
      const file = await openLog(path, 'cut')
      if (file === null) return { liveBytes: null, cutOff: [], deleted: [] }
      try {
        return await this.#workOn(path, file, limits)
      } finally {
        await file.close()
      }
    } catch (error) {
      // What was begun may stand half-way: it is looked at anew.
      this.#known.delete(path)
      if (error instanceof OperationalError || error instanceof BugError) throw error
      return await translate(path, error, 'cut')
    }
  }

  async #workOn(path: string, file: FileHandle, limits: LogLimits): Promise<Rotation> {
    const { size } = await file.stat()
    const known = await this.#know(path, file, size)
    const parts: string[] = []
    const deleted: string[] = []
    // Only what was there at the beginning: a writer that is faster than we would keep us here for ever.
    while (this.#isDue(known, size, limits)) {
      const partBytes = Math.min(size - known.start, limits.rotateSizeBytes)
      deleted.push(...(await makeRoom(path, partBytes, limits.keep)))
      const part = await this.#cutOne(path, file, known, size, limits)
      if (part === null) break
      parts.push(part.name)
      deleted.push(...(await deleteSurplus(path, limits.keep)))
    }
    if (parts.length > 0 && limits.compress) await this.#compress(path)
    await this.#collapse(file, known)
    return { liveBytes: (await file.stat()).size - known.start, cutOff: parts, deleted }
  }

  async #know(path: string, file: FileHandle, size: number): Promise<Known> {
    const stats = await file.stat()
    const before = this.#known.get(path)
    if (before !== undefined && before.inode === stats.ino && before.start <= size) return before
    const newest = (await listSegments(path)).at(-1)
    const live = await findLiveStart(file, size, dirname(path), newest)
    if (before === undefined) await clearLeftovers(path)
    const continues = newest !== undefined && live.offset === newest.end
    const freed = stats.blocks * 512 <= size - live.offset + slackBytes
    // Only what a part is known to hold.
    if (continues && (live.unfinished || !freed)) {
      await this.#holes.punch(file, 0, live.offset)
      await file.sync()
    }
    const sinceMs = continues ? newest.stampMs : stats.birthtimeMs || this.#clock.wallMs()
    const known = { inode: stats.ino, start: live.offset, sinceMs, newest }
    this.#known.set(path, known)
    return known
  }

  async #cutOne(path: string, file: FileHandle, known: Known, size: number, limits: LogLimits) {
    await this.#proveHoles(dirname(path))
    const nowMs = this.#clock.wallMs()
    const part = await cutOff({
      path,
      file,
      from: known.start,
      size,
      partBytes: limits.rotateSizeBytes,
      newest: known.newest,
      nowMs,
      holes: this.#holes,
      reached: this.#reached,
    })
    // Nothing but the beginning of a line: it is not old before it is whole.
    if (part === null) known.sinceMs = nowMs
    else Object.assign(known, { start: part.end, sinceMs: nowMs, newest: part })
    return part
  }

  /** Tried on a file of our own first, so that nothing is copied where it could not be freed. */
  async #proveHoles(folder: string): Promise<void> {
    if (this.#provenFolders.has(folder)) return
    const path = join(folder, `.holes${unfinishedSuffix}`)
    await rm(path, { force: true })
    const file = await open(path, 'wx+', 0o600)
    try {
      await file.write(Buffer.alloc(8192, 'x'))
      await this.#holes.punch(file, 0, 4096)
    } finally {
      await file.close()
      await rm(path, { force: true })
    }
    this.#provenFolders.add(folder)
  }

  async #compress(path: string): Promise<void> {
    for (const { name, compressed } of await listSegments(path))
      if (!compressed) await compressPart(dirname(path), name, this.#reached)
  }

  async #collapse(file: FileHandle, known: Known): Promise<void> {
    const blockBytes = (await file.stat()).blksize
    const bytes = Math.floor(known.start / blockBytes) * blockBytes
    if (bytes < this.#collapseAtBytes) return
    if (await this.#holes.collapse(file, bytes)) known.start -= bytes
  }
}
