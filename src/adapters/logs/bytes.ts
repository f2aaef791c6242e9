import type { FileHandle } from 'node:fs/promises'

export const newline = 10

/** What a file holds from `position` on, at most `length` bytes of it; shorter at its end. */
export async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer.subarray(0, filled)
}

const zeros = Buffer.alloc(64 * 1024)

/** Of at most 64 KiB. */
export function allZero(bytes: Buffer): boolean {
  return bytes.equals(zeros.subarray(0, bytes.length))
}

const scanBytes = 64 * 1024

/** Just behind the last line break between two offsets; undefined when there is none. Reads from the end. */
export async function lastLineEnd(file: FileHandle, from: number, end: number): Promise<number | undefined> {
  const buffer = Buffer.allocUnsafe(scanBytes)
  for (let before = end; before > from;) {
    const start = Math.max(from, before - scanBytes)
    const { bytesRead } = await file.read(buffer, 0, before - start, start)
    const found = buffer.subarray(0, bytesRead).lastIndexOf(newline)
    if (found >= 0) return start + found + 1
    before = start
  }
  return undefined
}
