import { stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { diskFull } from './open-log.ts'
import { deleteSurplus, listSegments } from './segments.ts'

/** Room that a rotation leaves to others. */
const spareBytes = 16 * 1024 * 1024

/**
 * Sees to it that a part of so many bytes fits on the disk. Where it does not, the parts go first that this rotation will
 * delete anyway, and only when that suffices. Their names. Throws OperationalError `logs.disk_full`.
 */
export async function makeRoom(path: string, bytes: number, keep: number): Promise<string[]> {
  const folder = dirname(path)
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  const missing = bytes + spareBytes - free
  if (missing <= 0) return []
  const surplus = (await listSegments(path)).slice(0, -(keep - 1) || undefined)
  const sizes = await Promise.all(surplus.map(({ name }) => diskBytesOf(join(folder, name))))
  if (sizes.reduce((sum, size) => sum + size, 0) < missing)
    throw diskFull(
      path,
      `${megabytes(free)} are free, it takes ${megabytes(bytes)} and leaves ${megabytes(spareBytes)} to others`,
    )
  return await deleteSurplus(path, keep - 1)
}

async function diskBytesOf(path: string): Promise<number> {
  return await stat(path).then(
    ({ blocks }) => blocks * 512,
    () => 0,
  )
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 ** 2)} MiB`
}
