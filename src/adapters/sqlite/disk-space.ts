import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'

export interface DiskSpace {
  /** Available to us, not only to root. */
  freeBytes: number
  totalBytes: number
}

/** Of the file system that holds `path`; null when it does not tell. */
export function diskSpaceOf(path: string): DiskSpace | null {
  try {
    const { bavail, blocks, bsize } = statfsSync(dirname(path))
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
  } catch {
    return null
  }
}

const lowBytes = 32 * 1024 * 1024

/** Below this a disk is nearly full: 32 MB, or a twentieth of a small one. */
export function lowWaterBytes({ totalBytes }: DiskSpace): number {
  return Math.min(lowBytes, totalBytes / 20)
}
