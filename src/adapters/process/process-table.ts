import { readFile, readdir } from 'node:fs/promises'
import type { ProcEntry } from './proc.ts'
import { markIn, parseStat } from './proc.ts'

/** How many processes are read at once; more only queue up before the thread pool. */
const readsAtOnce = 16

/**
 * All processes of this machine. Whoever asks gets a scan that began after the asking; those who ask while one is under way
 * share the next, so that 200 stops at once cost two scans, not 200.
 */
export class ProcessTable {
  #running: Promise<ProcEntry[]> | null = null
  #next: Promise<ProcEntry[]> | null = null

  scan(): Promise<ProcEntry[]> {
    if (this.#running === null) return this.#begin()
    this.#next ??= this.#running.then(
      () => this.#begin(),
      () => this.#begin(),
    )
    return this.#next
  }

  #begin(): Promise<ProcEntry[]> {
    this.#next = null
    const running = readAll().finally(() => {
      if (this.#running === running) this.#running = null
    })
    this.#running = running
    return running
  }
}

async function readAll(): Promise<ProcEntry[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const entries: ProcEntry[] = []
  const readSome = async (): Promise<void> => {
    for (let pid = pids.pop(); pid !== undefined; pid = pids.pop()) {
      const entry = await readEntry(pid)
      if (entry !== undefined) entries.push(entry)
    }
  }
  await Promise.all(Array.from({ length: readsAtOnce }, readSome))
  return entries
}

/** Undefined when it ended while being read. */
async function readEntry(pid: string): Promise<ProcEntry | undefined> {
  const stat = await readOr(`/proc/${pid}/stat`, '')
  const parsed = parseStat(stat)
  if (parsed === undefined) return undefined
  // Kernel threads (children of kthreadd, pid 2) have no environment.
  const environ = parsed.ppid === 2 || parsed.zombie ? '' : await readOr(`/proc/${pid}/environ`, '')
  return { ...parsed, mark: markIn(environ) }
}

async function readOr(path: string, otherwise: string): Promise<string> {
  try {
    return await readFile(path, 'latin1')
  } catch {
    return otherwise
  }
}
