import { constants } from 'node:fs'
import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type LogSegment, nextStampMs, segmentName, unfinishedSuffix } from '../../domain/log-segment.ts'
import { OperationalError } from '../../errors.ts'
import { lastLineEnd } from './bytes.ts'
import type { Holes } from './holes.ts'
import { syncFolder } from '../../system/sync-folder.ts'

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants

/** Where a rotation may be cut off by a crash; for tests that do. */
export type RotationPoint = 'copying' | 'copied' | 'named' | 'punched' | 'compressing' | 'compressed'

export interface CutOff {
  path: string
  file: FileHandle
  /** Where its bytes begin that are in no part, and where those end that we know of. */
  from: number
  size: number
  /** The most that one part holds. */
  partBytes: number
  newest: LogSegment | undefined
  nowMs: number
  holes: Holes
  reached: (point: RotationPoint) => void
}

/**
 * Cuts one part off the front of a log: copied and on disk, then named, then freed in the log. The name is the commit: before
 * it the copy is discarded, after it the freeing is done again. The writer may write on all the while. Null when there is no
 * whole line to cut off.
 */
export async function cutOff(cut: CutOff): Promise<LogSegment | null> {
  const { path, file, from, holes, reached } = cut
  const end = await partEnd(cut)
  if (end === undefined) return null
  const folder = dirname(path)
  const unfinished = path + unfinishedSuffix
  const stampMs = nextStampMs(cut.nowMs, cut.newest)
  const name = segmentName(basename(path), { stampMs, from, end })
  try {
    await copyRange(file, from, end, unfinished, reached)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
  reached('copied')
  await rename(unfinished, join(folder, name))
  await syncFolder(folder)
  reached('named')
  await holes.punch(file, from, end)
  // Before the part may be compressed or deleted, by which a lost freeing could no longer be told from another file.
  await file.sync()
  reached('punched')
  return { name, stampMs, from, end, compressed: false }
}

/** Behind the last line that fits. A line longer than a part is cut where the part is full; put together it is whole again. */
async function partEnd({ file, from, size, partBytes }: CutOff): Promise<number | undefined> {
  const full = from + partBytes
  const end = await lastLineEnd(file, from, Math.min(size, full))
  return end ?? (size >= full ? full : undefined)
}

/** One piece of memory for the whole copy: a new one each time would wait for the garbage collector by the hundred. */
const copyBytes = 256 * 1024

async function copyRange(
  from: FileHandle,
  start: number,
  end: number,
  path: string,
  reached: (point: RotationPoint) => void,
): Promise<void> {
  await rm(path, { force: true })
  const copy = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
  const buffer = Buffer.allocUnsafe(Math.min(copyBytes, end - start))
  try {
    for (let position = start; position < end;) {
      const length = Math.min(buffer.length, end - position)
      const { bytesRead } = await from.read(buffer, 0, length, position)
      if (bytesRead === 0) throw truncated(path)
      await writeAll(copy, buffer.subarray(0, bytesRead))
      position += bytesRead
      reached('copying')
    }
    await copy.datasync()
  } finally {
    await copy.close()
  }
}

function truncated(copy: string): OperationalError {
  const log = copy.slice(0, -unfinishedSuffix.length)
  return new OperationalError(`the log ${log} was truncated by another program while it was rotated`, {
    code: 'logs.truncated',
    retryable: true,
    hint: 'leave its rotation to jrctl (another logrotate may have a rule for it): truncating loses lines',
  })
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += (await file.write(bytes, written, bytes.length - written)).bytesWritten
  }
}
