import { open, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { LogSegment } from '../../domain/log-segment.ts'
import { allZero, readAt } from './bytes.ts'
import { type KernelCalls, loadKernelCalls } from './kernel-calls.ts'

/** Where the bytes of a log begin that are in no part yet. */
export interface LiveStart {
  offset: number
  /** The newest part has been copied and named, and its bytes are still in the log too: a crash came between. */
  unfinished: boolean
}

/** So much at the end of a part decides whether the log goes on from it. */
const proofBytes = 4096
const blockBytes = 4096

/**
 * Where the log goes on from its newest part, that part's name tells. It does when the last bytes before that place are
 * freed, or the same as the part's. Otherwise the file is another one (removed, replaced) or shorter by a collapse: then
 * it begins where the hole at its front ends. Zeros that somebody wrote are no hole.
 */
export async function findLiveStart(
  file: FileHandle,
  size: number,
  folder: string,
  newest: LogSegment | undefined,
  calls: Pick<KernelCalls, 'firstData'> | null = loadKernelCalls(),
): Promise<LiveStart> {
  if (newest !== undefined && newest.end <= size) {
    const length = Math.min(proofBytes, newest.end - newest.from)
    const before = await readAt(file, newest.end - length, length)
    if (allZero(before)) return { offset: newest.end, unfinished: false }
    if (!newest.compressed && isHalfFreed(before, await endOf(join(folder, newest.name), length)))
      return { offset: newest.end, unfinished: true }
  }
  // Whole blocks are taken out of a file that has become long; of the next one the front may be freed.
  const isCollapsed = newest !== undefined && newest.end > size
  return { offset: await endOfHole(file, size, isCollapsed, calls), unfinished: false }
}

/** A crash of the machine may have left some of its blocks freed and others not. */
function isHalfFreed(left: Buffer, copied: Buffer): boolean {
  return left.length === copied.length && left.every((byte, at) => byte === 0 || byte === copied[at])
}

async function endOf(path: string, length: number): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    return await readAt(file, Math.max(0, size - length), length)
  } finally {
    await file.close()
  }
}

/** What is freed lies in no block of the disk; of the block in which it ends the first bytes are zeros. */
async function endOfHole(
  file: FileHandle,
  size: number,
  isCollapsed: boolean,
  calls: Pick<KernelCalls, 'firstData'> | null,
): Promise<number> {
  if (calls === null) return await endOfFreedZeros(file, size)
  const start = calls.firstData(file.fd) ?? ((await onDisk(file)) ? 0 : size)
  return start === 0 && !isCollapsed ? 0 : start + (await leadingZeros(file, start))
}

async function onDisk(file: FileHandle): Promise<boolean> {
  return (await file.stat()).blocks > 0
}

async function leadingZeros(file: FileHandle, start: number): Promise<number> {
  const block = await readAt(file, start, blockBytes)
  const first = block.findIndex((byte) => byte !== 0)
  return first < 0 ? block.length : first
}

/** The file systems keep some blocks ahead of a writer. */
const slackBytes = 64 * 1024

/**
 * Where the kernel cannot be asked: the first byte that is not zero, if the blocks on disk say that what lies before it is
 * freed. A hole may be terabytes long where somebody deleted the parts, so by bisection.
 */
async function endOfFreedZeros(file: FileHandle, size: number): Promise<number> {
  let zeroTo = 0
  let textFrom = Math.ceil(size / blockBytes)
  const isZero = async (block: number) => allZero(await readAt(file, block * blockBytes, blockBytes))
  if (textFrom > 0 && !(await isZero(0))) return 0
  while (zeroTo < textFrom) {
    const middle = Math.floor((zeroTo + textFrom) / 2)
    if (await isZero(middle)) zeroTo = middle + 1
    else textFrom = middle
  }
  const start = Math.min(size, textFrom * blockBytes)
  const isFreed = (await file.stat()).blocks * 512 <= size - start + slackBytes
  return isFreed ? Math.min(size, start + (await leadingZeros(file, start))) : 0
}
