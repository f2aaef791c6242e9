import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { mkdir, rmdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { ResourceLimits } from '../../../domain/resource-limits.ts'
import { messageOf } from '../../../errors.ts'
import type { Logger } from '../../../ports/logger.ts'
import { type Controller, handOn } from './controllers.ts'
import { type OwnCgroup, findOwnCgroup } from './own-cgroup.ts'

const prefix = 'jrctl-'
/** cpu.max: the microseconds of CPU time in each period of so many. */
const periodUs = 100_000
/** A worker that makes cgroups itself makes some, not a jungle. */
const nestedMax = 1000

/** What a cgroup spared the kernel from doing itself: which of the bounds it keeps. */
export interface MadeCgroup {
  procsFile: string
  bounds: Set<Controller>
}

/**
 * A cgroup for each instance, named by its mark: what is in it cannot leave, so that the whole tree is found, counted and
 * killed at once, without a look at any other process. All of this is memory of the kernel; reads and writes are short.
 */
export class Cgroups {
  readonly #own: OwnCgroup
  readonly #logger: Logger
  #isProblemTold = false

  constructor(own: OwnCgroup, logger: Logger) {
    this.#own = own
    this.#logger = logger
  }

  /** Null where none may be made. */
  static find(logger: Logger): Cgroups | null {
    const own = findOwnCgroup()
    return own === null ? null : new Cgroups(own, logger)
  }

  /** A fresh cgroup with the bounds that the kernel takes; null when it could not be made: the worker then runs without. */
  async make(mark: string, limits: ResourceLimits | undefined): Promise<MadeCgroup | null> {
    const folder = this.#folder(mark)
    try {
      const bounds = this.#handOn(limits)
      await mkdir(folder, { recursive: true })
      if (limits !== undefined) writeBounds(folder, limits, bounds)
      return { procsFile: join(folder, 'cgroup.procs'), bounds }
    } catch (error) {
      this.#tellOnce(`cannot make the cgroup ${folder}: ${messageOf(error)}; workers run without one`)
      await this.remove(mark)
      return null
    }
  }

  /** The processes in it and in those below it, none when there is no such cgroup. */
  pids(mark: string): number[] {
    return foldersOf(this.#folder(mark)).flatMap((folder) =>
      readOr(join(folder, 'cgroup.procs')).split('\n').filter(Boolean).map(Number),
    )
  }

  /** Moves a process into it, by the pool: the first move in a while waits for the kernel. One that has ended is no loss. */
  async enter(mark: string, pid: number): Promise<void> {
    await writeFile(join(this.#folder(mark), 'cgroup.procs'), String(pid), { flag: 'r+' }).catch(() => {})
  }

  /** Kills all of it at once; forks do not outrun it. False where this kernel (before 5.14) cannot, or there is none. */
  kill(mark: string): boolean {
    try {
      writeFileSync(join(this.#folder(mark), 'cgroup.kill'), '1', { flag: 'r+' })
      return true
    } catch {
      return false
    }
  }

  /** Memory used, without the cached files that the kernel drops first; null where memory is not counted by cgroup. */
  memoryBytes(mark: string): number | null {
    const current = readOr(join(this.#folder(mark), 'memory.current')).trim()
    if (current === '') return null
    const stat = readOr(join(this.#folder(mark), 'memory.stat'))
    return Number(current) - Number(/^inactive_file (\d+)/m.exec(stat)?.[1] ?? 0)
  }

  /** The bound that the kernel ended it for; null when it did not. */
  memoryKilledAt(mark: string): number | null {
    const kills = /^oom_kill (\d+)/m.exec(readOr(join(this.#folder(mark), 'memory.events')))?.[1] ?? '0'
    const max = Number(readOr(join(this.#folder(mark), 'memory.max')))
    return kills === '0' || !Number.isFinite(max) ? null : max
  }

  /**
   * Removes it, and the kernel makes sure that nothing is in it and that nothing can enter any more: what was on its way in
   * fails before it becomes the command. False when somebody is in it still.
   */
  async remove(mark: string): Promise<boolean> {
    for (const folder of foldersOf(this.#folder(mark)).toReversed()) {
      try {
        await rmdir(folder)
      } catch (error) {
        if (!isMissing(error)) return false
      }
    }
    return true
  }

  /** Removes what earlier daemons left empty, long ago: a cgroup of now may be about to be entered. */
  async sweep(nowMs: number, ageMs: number): Promise<void> {
    for (const name of readdirSync(this.#own.path).filter((one) => /^jrctl-[0-9a-f]{16,128}$/.test(one))) {
      const folder = join(this.#own.path, name)
      const found = statSync(folder, { throwIfNoEntry: false })
      if (found !== undefined && nowMs - found.mtimeMs > ageMs)
        await this.remove(basename(folder).slice(prefix.length))
    }
  }

  #handOn(limits: ResourceLimits | undefined): Set<Controller> {
    const wanted: Controller[] = []
    if (limits?.memoryBytes != null) wanted.push('memory')
    if (limits?.cpuCores != null) wanted.push('cpu')
    if (wanted.length === 0) return new Set()
    const { works, problem } = handOn(this.#own, wanted)
    if (problem !== null) this.#tellOnce(problem)
    return works
  }

  /** Every start would tell it again. */
  #tellOnce(problem: string): void {
    if (this.#isProblemTold) return
    this.#isProblemTold = true
    this.#logger.warn({ cgroup: this.#own.path }, problem)
  }

  #folder(mark: string): string {
    return join(this.#own.path, prefix + mark)
  }
}

function writeBounds(folder: string, limits: ResourceLimits, bounds: ReadonlySet<Controller>): void {
  if (bounds.has('memory') && limits.memoryBytes !== null) {
    writeFileSync(join(folder, 'memory.max'), String(limits.memoryBytes))
    // All of it or none: half a worker is no worker. And it shall not hide in swap.
    writeFileSync(join(folder, 'memory.oom.group'), '1')
    writeIfThere(join(folder, 'memory.swap.max'), '0')
  }
  if (bounds.has('cpu') && limits.cpuCores !== null) {
    writeFileSync(join(folder, 'cpu.max'), `${Math.round(limits.cpuCores * periodUs)} ${periodUs}`)
  }
}

function writeIfThere(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'r+' })
  } catch {
    // A kernel without swap accounting has no such file.
  }
}

/** The folder and those below it, parents first; empty when it is not there. */
function foldersOf(folder: string): string[] {
  const found = [folder]
  for (let index = 0; index < found.length && found.length < nestedMax; index++) {
    const parent = found[index] ?? folder
    try {
      const inside = readdirSync(parent, { withFileTypes: true }).filter((entry) => entry.isDirectory())
      found.push(...inside.map((entry) => join(parent, entry.name)))
    } catch {
      if (index === 0) return []
    }
  }
  return found
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
