import { readFile } from 'node:fs/promises'
import { messageOf } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { ProcessIdentity } from '../../ports/process-host.ts'
import { overMemory } from './memory-words.ts'
import type { ProcEntry } from './proc.ts'
import type { ProcessSnapshot } from './process-snapshot.ts'
import { treeOf } from './tree.ts'

/** Who is over is noticed so soon. */
const everyMs = 1000
/** A look may take this part of the time; a machine with very many processes is looked at less often. */
const busyPart = 0.02
/** Who was asked to end because of it has so many looks to do so. */
const graceLooks = 5
/** Over so many times its limit, nobody is asked. */
const killFactor = 2

export interface MemoryGuardDeps {
  clock: Clock
  logger: Logger
  pageBytes: number
  look(): Promise<ProcessSnapshot>
  /** Asks the command to end. */
  ask(identity: ProcessIdentity): Promise<unknown>
  /** Ends the whole tree. */
  kill(identity: ProcessIdentity): Promise<unknown>
}

interface Watched {
  identity: ProcessIdentity
  limitBytes: number
  cause: string | null
  looksSince: number
}

/**
 * Keeps the bounds on memory where no kernel does: looks at the trees that have one, once a second while there are any, and
 * ends those that are over. A tree is as big as its resident memory; when that is over, what its processes share is counted
 * once (PSS, dearer to read) before anybody is ended for it.
 */
export class MemoryGuard {
  readonly #deps: MemoryGuardDeps
  readonly #watched = new Map<string, Watched>()
  /** A look is to come or under way; background, it keeps no process alive. */
  #isDue = false

  constructor(deps: MemoryGuardDeps) {
    this.#deps = deps
  }

  watch(identity: ProcessIdentity, limitBytes: number): void {
    this.#watched.set(identity.mark, { identity, limitBytes, cause: null, looksSince: 0 })
    this.#in(everyMs)
  }

  /** Its process has ended. Answers why we ended it, or null when we did not. */
  release(mark: string): string | null {
    const cause = this.#watched.get(mark)?.cause ?? null
    this.#watched.delete(mark)
    return cause
  }

  #in(delayMs: number): void {
    if (this.#isDue) return
    this.#isDue = true
    this.#deps.clock.after(delayMs, () => void this.#run(), { background: true })
  }

  async #run(): Promise<void> {
    const { clock, logger } = this.#deps
    const startMs = clock.monotonicMs()
    try {
      const snapshot = await this.#deps.look()
      for (const watched of this.#watched.values()) await this.#judge(watched, snapshot)
    } catch (error) {
      logger.warn({ error: messageOf(error) }, `cannot look at the workers' memory: ${messageOf(error)}`)
    }
    const tookMs = clock.monotonicMs() - startMs
    this.#isDue = false
    if (this.#watched.size > 0) this.#in(Math.max(everyMs - tookMs, tookMs / busyPart))
  }

  async #judge(watched: Watched, snapshot: ProcessSnapshot): Promise<void> {
    const { identity, limitBytes } = watched
    if (watched.cause !== null) return this.#insist(watched)
    const tree = treeOf(snapshot, identity, process.pid)
    const residentBytes = tree.reduce((sum, entry) => sum + entry.rssPages, 0) * this.#deps.pageBytes
    if (residentBytes <= limitBytes) return
    const usedBytes = tree.length > 2 ? await proportionalBytes(tree, this.#deps.pageBytes) : residentBytes
    if (usedBytes <= limitBytes) return
    watched.cause = overMemory(limitBytes, usedBytes)
    this.#deps.logger.warn(
      { pid: identity.pid, usedBytes, limitBytes },
      `pid ${identity.pid} is ended: ${watched.cause}`,
    )
    if (usedBytes > killFactor * limitBytes) watched.looksSince = graceLooks
    await this.#insist(watched)
  }

  /** Asks once, then kills: also what its processes take meanwhile is to come back. */
  async #insist(watched: Watched): Promise<void> {
    watched.looksSince += 1
    if (watched.looksSince > graceLooks) await this.#deps.kill(watched.identity)
    else if (watched.looksSince === 1) await this.#deps.ask(watched.identity)
  }
}

/** Resident memory with what is shared divided among those who share it; resident memory where that may not be read. */
async function proportionalBytes(tree: readonly ProcEntry[], pageBytes: number): Promise<number> {
  let sum = 0
  for (const entry of tree) sum += (await readPss(entry.pid)) ?? entry.rssPages * pageBytes
  return sum
}

/** By the pool: the kernel walks all its pages for it. */
async function readPss(pid: number): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'latin1').catch(() => '')
  const kib = /^Pss: +(\d+) kB/m.exec(text)?.[1]
  return kib === undefined ? null : Number(kib) * 1024
}
