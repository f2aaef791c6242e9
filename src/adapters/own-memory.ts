import { chmod, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { getHeapStatistics, setFlagsFromString, writeHeapSnapshot } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { OperationalError, messageOf } from '../errors.ts'
import type { HeapSnapshot, OwnMemory } from '../ports/own-memory.ts'

/** @param snapshotDir absolute; made when the first snapshot is written */
export function createOwnMemory(snapshotDir: string): OwnMemory {
  let collect: Collect | null = null
  return {
    read() {
      const { rss, external, heapUsed, heapTotal } = process.memoryUsage()
      return { rss, external, heapUsed, heapTotal, heapLimit: getHeapStatistics().heap_size_limit }
    },
    async collect() {
      collect ??= findCollect()
      await collect({ type: 'major', execution: 'async' })
    },
    async snapshot(keep) {
      try {
        return await writeSnapshot(snapshotDir, keep)
      } catch (error) {
        throw new OperationalError(`cannot write a heap snapshot into ${snapshotDir}: ${messageOf(error)}`, {
          code: 'memory.snapshot',
          retryable: true,
          cause: error,
        })
      }
    },
  }
}

type Collect = (options: { type: 'major'; execution: 'async' }) => Promise<void>

/**
 * V8's own `gc` of `--expose-gc`, taken from a new context for which the flag is set for a moment, so that neither the command
 * line nor the globals need it. The other way, HeapProfiler.collectGarbage of node:inspector, needs the inspector, which the
 * installed service turns off.
 */
function findCollect(): Collect {
  setFlagsFromString('--expose-gc')
  try {
    return runInNewContext('gc') as Collect
  } finally {
    setFlagsFromString('--no-expose-gc')
  }
}

const nameOf = (takenMs: number): string => `heap-${Math.round(takenMs)}.heapsnapshot`
const snapshotName = /^heap-\d+\.heapsnapshot$/

async function writeSnapshot(dir: string, keep: number): Promise<HeapSnapshot> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  // Before, so that the disk never holds more than are kept; and room may be what lacks.
  await forgetOldest(dir, keep - 1)
  const path = join(dir, nameOf(Date.now()))
  const startedMs = performance.now()
  // The file is made with the daemon's umask (0077); whoever runs with another one gets it right a moment later.
  writeHeapSnapshot(path)
  const pausedMs = performance.now() - startedMs
  await chmod(path, 0o600)
  return { path, pausedMs }
}

/** Names hold the time, of as many digits for some centuries: their order is that of age. */
async function forgetOldest(dir: string, keep: number): Promise<void> {
  const found = (await readdir(dir)).filter((name) => snapshotName.test(name)).sort()
  const old = found.slice(0, Math.max(0, found.length - keep))
  await Promise.all(old.map((name) => rm(join(dir, name), { force: true })))
}
