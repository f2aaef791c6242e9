import { mkdir, open, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { environmentOf, type Surroundings } from './node.ts'
import { startProgram } from './processes.ts'

/** A tmpfs that only those see who are told, at a path that is empty for everybody else. */
export interface SmallDisk {
  kind: 'mounted'
  /** The command line that runs a program where the disk is seen. */
  inside: (argv: readonly string[]) => [string, ...string[]]
  /** How the test reaches a path on it. */
  path(inside: string): string
  /** Until nothing fits any more. */
  fill(): Promise<void>
  free(): Promise<void>
}

const sizeMiB = 24

/** Mounts one in a mount namespace, which ends with the run's processes. `none`: this machine does not allow it. */
export async function mountSmallDisk(
  at: string,
  run: Surroundings,
): Promise<SmallDisk | { kind: 'none'; why: string }> {
  await mkdir(at, { recursive: true, mode: 0o700 })
  const script = `mount -t tmpfs -o size=${sizeMiB}m,mode=700 tmpfs "$0" && echo mounted && exec sleep 100000`
  const log = join(run.folder, 'small-disk.log')
  const holder = await startProgram(['unshare', '--mount', 'sh', '-c', script, at], {
    cwd: run.folder,
    env: environmentOf(run, run.folder),
    log,
  })
  try {
    await holder.said(/mounted/)
  } catch {
    return { kind: 'none', why: holder.printed().trim() }
  }
  const path = (inside: string): string => `/proc/${holder.pid}/root${inside}`
  const filler = path(join(at, 'filler'))
  return {
    kind: 'mounted',
    path,
    // Who enters a mount namespace stands in its root.
    inside: (argv) => [
      ...(['nsenter', '--target', String(holder.pid), '--mount', 'sh', '-c'] as const),
      'cd "$0" && exec "$@"',
      dirname(at),
      ...argv,
    ],
    async fill() {
      const file = await open(filler, 'w')
      try {
        for (const size of [1024 * 1024, 4096]) await writeUntilFull(file, size)
      } finally {
        await file.close()
      }
    },
    free: () => rm(filler),
  }
}

async function writeUntilFull(file: Awaited<ReturnType<typeof open>>, bytes: number): Promise<void> {
  const chunk = Buffer.alloc(bytes, 1)
  for (let written = 0; written < sizeMiB * 1024 * 1024; written += bytes) {
    try {
      await file.write(chunk)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return
      throw error
    }
  }
}
