import { readFile } from 'node:fs/promises'
import { messageOf } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { ProcessIdentity } from '../../ports/process-host.ts'
import { overMemory } from './memory-words.ts'
import { type ProcStat, readStat } from './proc.ts'
import type { ProcessSnapshot } from './process-snapshot.ts'
import { treeOf } from './tree.ts'

/** Who is over is noticed so soon. */
const everyMs = 1000
/**
 * A look at all processes may take so long each time; where it takes longer, only every second, third, … tenth look is one, and
 * the others are at the processes known from the last.
 */
const fullLookMs = 10
const quickLooksMax = 9
/** Who was asked to end because of it has so many looks to do so. */
const graceLooks = 5
/** Over so many times its limit, nobody is asked. */
const killFactor = 2

export interface MemoryGuardDeps {
  clock: Clock
  logger: Logger
  pageBytes: number
  look(): Promise<ProcessSnapshot>
  /** The processes of a tree whose cgroup tells them all; null of others. */
  sealed(identity: ProcessIdentity): ProcStat[] | null
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
  /** Of the last look. */
  tree: readonly ProcStat[]
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
  /** Until the next look at all processes. */
  #quickLooks = 0

  constructor(deps: MemoryGuardDeps) {
    this.#deps = deps
  }

  watch(identity: ProcessIdentity, limitBytes: number): void {
    // Nothing is known of it yet.
    this.#quickLooks = 0
    this.#watched.set(identity.mark, { identity, limitBytes, cause: null, looksSince: 0, tree: [] })
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
      await this.#look()
      for (const watched of this.#watched.values()) await this.#judge(watched)
    } catch (error) {
      logger.warn({ error: messageOf(error) }, `cannot look at the workers' memory: ${messageOf(error)}`)
    }
    this.#isDue = false
    if (this.#watched.size > 0) this.#in(Math.max(everyMs / 2, everyMs - (clock.monotonicMs() - startMs)))
  }

  async #look(): Promise<void> {
    const unsealed: Watched[] = []
    for (const watched of this.#watched.values()) {
      const inside = this.#deps.sealed(watched.identity)
      if (inside === null) unsealed.push(watched)
      else watched.tree = inside
    }
    if (unsealed.length === 0) return
    this.#quickLooks -= 1
    const snapshot = this.#quickLooks < 0 ? await this.#fullLook() : null
    for (const watched of unsealed) {
      watched.tree =
        snapshot === null ? stillOf(watched.tree) : treeOf(snapshot, watched.identity, process.pid)
    }
  }

  async #fullLook(): Promise<ProcessSnapshot> {
    const startMs = this.#deps.clock.monotonicMs()
    const snapshot = await this.#deps.look()
    const tookMs = this.#deps.clock.monotonicMs() - startMs
    this.#quickLooks = Math.min(quickLooksMax, Math.floor(tookMs / fullLookMs))
    return snapshot
  }

  async #judge(watched: Watched): Promise<void> {
    const { identity, limitBytes, tree } = watched
    if (watched.cause !== null) return this.#insist(watched)
    const residentBytes = tree.reduce((sum, entry) => sum + entry.rssPages, 0) * this.#deps.pageBytes
    if (residentBytes <= limitBytes) return
    const usedBytes = tree.length > 2 ? await proportionalBytes(tree, this.#deps.pageBytes) : residentBytes
    if (usedBytes <= limitBytes) return
    watched.cause = overMemory(limitBytes, usedBytes)
    this.#deps.logger.debug({ shimPid: identity.pid, usedBytes, limitBytes }, watched.cause)
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

/** Those that live on, as they are now. */
function stillOf(tree: readonly ProcStat[]): ProcStat[] {
  const now = tree.map((seen) => ({ seen, stat: readStat(seen.pid) }))
  return now.flatMap(({ seen, stat }) => (stat?.startTime === seen.startTime && !stat.zombie ? [stat] : []))
}

/** Resident memory with what is shared divided among those who share it; resident memory where that may not be read. */
async function proportionalBytes(tree: readonly ProcStat[], pageBytes: number): Promise<number> {
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
