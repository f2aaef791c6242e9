import { stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { DiskFacts } from '../../ports/machine-checkup.ts'

/** The file systems under these folders, each once; of a folder that is not there yet, the one where it will be made. */
export async function examineDisks(folders: readonly { use: string; path: string }[]): Promise<DiskFacts[]> {
  const found = new Map<number, DiskFacts>()
  for (const { use, path } of folders) {
    const standing = await nearest(path)
    if (standing === null) continue
    const known = found.get(standing.device)
    if (known === undefined) found.set(standing.device, await diskOf(use, standing.path))
    else if (!known.uses.includes(use)) known.uses.push(use)
  }
  return [...found.values()]
}

async function nearest(path: string): Promise<{ path: string; device: number } | null> {
  const found = await stat(path).catch(() => null)
  if (found !== null) return { path, device: found.dev }
  return dirname(path) === path ? null : nearest(dirname(path))
}

async function diskOf(use: string, path: string): Promise<DiskFacts> {
  const { bavail, bsize, blocks, files, ffree } = await statfs(path)
  return {
    uses: [use],
    path,
    freeBytes: bavail * bsize,
    totalBytes: blocks * bsize,
    freeFiles: files === 0 ? null : ffree,
  }
}
