import { realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileFailure } from './failure.ts'

/**
 * Where a path below another root leads, when that is outside of it; null: it stays within. An image's absolute links are meant for the
 * machine that it becomes, and lead to this one until then.
 * @throws OperationalError `install.files`
 */
export async function wayOut(root: string, path: string): Promise<string | null> {
  const base = await realOf(root)
  const real = await realOf(dirname(root + path))
  return real === base || real.startsWith(`${base}/`) ? null : real
}

/** What a folder is without links; of one that is not there, the first above it that is. */
async function realOf(folder: string): Promise<string> {
  try {
    return await realpath(folder)
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (isMissing && folder !== dirname(folder)) return await realOf(dirname(folder))
    throw fileFailure('find', folder, error)
  }
}
