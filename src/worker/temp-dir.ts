import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

const prefix = 'jrctl-work-'
/** More than this was not left by us alone; the rest waits for the next start. */
const sweptMax = 100

/**
 * Makes a folder for this worker's result files, named by its process. First removes those of workers of this account that
 * were killed and could not do so themselves.
 */
export async function makeTempDir(base: string, pid: number): Promise<string> {
  await sweep(base).catch(() => {
    // Somebody else's litter keeps nobody from working.
  })
  return mkdtemp(join(base, `${prefix}${pid}-`))
}

async function sweep(base: string): Promise<void> {
  const names = (await readdir(base)).filter((name) => name.startsWith(prefix)).slice(0, sweptMax)
  for (const name of names) {
    const pid = Number(name.slice(prefix.length).split('-')[0])
    const path = join(base, name)
    if (!Number.isInteger(pid) || pid <= 0 || lives(pid)) continue
    const stats = await lstat(path)
    if (stats.isDirectory() && stats.uid === process.getuid?.())
      await rm(path, { recursive: true, force: true })
  }
}

/** A pid that lives again as another program only keeps its folder a while longer. */
function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
