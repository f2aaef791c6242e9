import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { readDye } from './dye.ts'
import type { ProcEntry, ProcStat } from './proc.ts'
import { markIn, readStat } from './proc.ts'
import { ProcessSnapshot } from './process-snapshot.ts'

/**
 * So many processes are read in one turn of the event loop, some 10 µs each: through the thread pool each would cost ten
 * times that, and a crashed worker waits for one look before it is started again.
 */
const readsPerTurn = 100
/** Environments are read by the pool: a process stuck in the kernel can hold up who reads it. */
const environsAtOnce = 8

/**
 * What was read of a process, by pid. Start times are hundredths of a second, in which a pid may come back: with parent
 * and session it is the same process, and where one of these has changed it is read again.
 */
type Marks = Map<number, Pick<ProcEntry, 'startTime' | 'ppid' | 'session' | 'mark' | 'dye'>>

/**
 * All processes of this machine. Whoever asks gets a look that began after the asking; those who ask while one is under way
 * share the next, so that 200 stops at once cost two looks, not 200.
 */
export class ProcessTable {
  #running: Promise<ProcessSnapshot> | null = null
  #next: Promise<ProcessSnapshot> | null = null
  #marks: Marks = new Map()
  /** Where we are ourselves the worker of another daemon, all of ours may carry its dye: that tells nothing. */
  readonly #foreignDye = readDye(process.pid)

  scan(): Promise<ProcessSnapshot> {
    if (this.#running === null) return this.#begin()
    this.#next ??= this.#running.then(
      () => this.#begin(),
      () => this.#begin(),
    )
    return this.#next
  }

  #begin(): Promise<ProcessSnapshot> {
    this.#next = null
    const running = this.#look().finally(() => {
      if (this.#running === running) this.#running = null
    })
    this.#running = running
    return running
  }

  async #look(): Promise<ProcessSnapshot> {
    const stats = await readStats()
    const known = this.#marks
    this.#marks = new Map()
    const unread: ProcEntry[] = []
    const entries: ProcEntry[] = []
    for (const stat of stats) {
      const marks = known.get(stat.pid)
      const isKnown =
        marks?.startTime === stat.startTime && marks.ppid === stat.ppid && marks.session === stat.session
      const { mark, dye } = isKnown ? marks : { mark: null, dye: this.#dyeOf(stat) }
      const entry = { ...stat, mark, dye }
      if (isKnown || dye !== null) this.#keep(entry)
      else unread.push(entry)
      entries.push(entry)
    }
    await this.#readEnvirons(unread)
    return new ProcessSnapshot(entries)
  }

  #dyeOf(stat: ProcStat): number | null {
    const dye = stat.isKernel || stat.zombie ? null : readDye(stat.pid)
    return dye === this.#foreignDye ? null : dye
  }

  async #readEnvirons(entries: ProcEntry[]): Promise<void> {
    const readSome = async (): Promise<void> => {
      for (let entry = entries.pop(); entry !== undefined; entry = entries.pop()) {
        if (!entry.isKernel && !entry.zombie) entry.mark = await readMarkOf(entry.pid)
        // A child of ours has our own environment until it is what it was spawned to be.
        if (entry.mark !== null || entry.ppid !== process.pid) this.#keep(entry)
      }
    }
    await Promise.all(Array.from({ length: environsAtOnce }, readSome))
  }

  #keep({ pid, startTime, ppid, session, mark, dye }: ProcEntry): void {
    this.#marks.set(pid, { startTime, ppid, session, mark, dye })
  }
}

async function readStats(): Promise<ProcStat[]> {
  const names = readdirSync('/proc')
  const stats: ProcStat[] = []
  let reads = 0
  for (const name of names) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    const stat = readStat(pid)
    if (stat !== undefined) stats.push(stat)
    reads += 1
    if (reads % readsPerTurn === 0) await turn()
  }
  return stats
}

async function readMarkOf(pid: number): Promise<string | null> {
  return readFile(`/proc/${pid}/environ`, 'utf8').then(markIn, () => null)
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
