import { readFile, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { ProcessExit } from '../../ports/process-host.ts'
import { exitOfFile, unknownExit } from './shim.ts'

/** Marks are file names and are searched for in environments. */
export const markPattern = /^[A-Za-z0-9_-]{1,128}$/

/** Whoever has not asked for an exit after so long never will: its row in the state is gone. */
const keptMs = 7 * 24 * 3600 * 1000
/** What one start looks through at most; the next one looks at the rest. */
const sweptMax = 10_000

/**
 * What is kept of instances in the run folder: `MARK.exit`, written by its shim, and `MARK.limit`, the memory that it may
 * take, for the daemon that adopts it. An exit lies there until it is forgotten: a daemon that dies between hearing and saving
 * it leaves it to the next.
 */
export class ExitFiles {
  readonly #folder: string
  readonly #logger: Logger

  constructor(folder: string, logger: Logger) {
    this.#folder = folder
    this.#logger = logger
  }

  exitPath(mark: string): string {
    return join(this.#folder, `${mark}.exit`)
  }

  limitPath(mark: string): string {
    return join(this.#folder, `${mark}.limit`)
  }

  async exit(mark: string): Promise<ProcessExit> {
    if (!markPattern.test(mark)) return unknownExit
    return readFile(this.exitPath(mark), 'latin1').then(exitOfFile, () => unknownExit)
  }

  /** The bytes that an instance may take; null when it was given no such bound. */
  async limit(mark: string): Promise<number | null> {
    if (!markPattern.test(mark)) return null
    const text = await readFile(this.limitPath(mark), 'latin1').catch(() => '')
    return /^\d{1,16}\n$/.test(text) ? Number(text) : null
  }

  async forget(mark: string): Promise<void> {
    if (!markPattern.test(mark)) return
    await this.#remove(this.exitPath(mark))
    await this.#remove(this.limitPath(mark))
  }

  /** Removes what nobody forgot in a week. */
  async sweep(clock: Clock): Promise<void> {
    const names = await readdir(this.#folder).catch(() => [])
    const ours = names.filter((name) => /^[A-Za-z0-9_-]{1,128}\.(exit|limit)$/.test(name))
    for (const name of ours.slice(0, sweptMax)) {
      const path = join(this.#folder, name)
      const found = await stat(path).catch(() => null)
      if (found !== null && clock.wallMs() - found.mtimeMs > keptMs) await this.#remove(path)
    }
  }

  async #remove(path: string): Promise<void> {
    await rm(path, { force: true }).catch((error: unknown) => {
      this.#logger.warn({ path, error: messageOf(error) }, `could not remove ${path}: ${messageOf(error)}`)
    })
  }
}
