import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { BugError, OperationalError, messageOf } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type {
  Adoption,
  HostedProcess,
  ProcessExit,
  ProcessHost,
  ProcessIdentity,
  ProcessUsage,
  SpawnSpec,
} from '../../ports/process-host.ts'
import { Cgroups, type MadeCgroup } from './cgroup/cgroups.ts'
import { Enclosure } from './cgroup/enclosure.ts'
import { dyeKibOf, dyeOf, readDye } from './dye.ts'
import { ExitFiles, markPattern } from './exit-files.ts'
import { type LaunchOrder, launchOrder } from './launch-order.ts'
import { openLogFile } from './log-file.ts'
import { MemoryGuard } from './memory-guard.ts'
import { MemoryKiller, shortOfMemory } from './memory-killer.ts'
import { overMemory } from './memory-words.ts'
import type { ProcEntry, ProcStat } from './proc.ts'
import { readBootId, readChildren, readMachineUnits, readMark, readStat, runsWhat } from './proc.ts'
import { ProcessTable } from './process-table.ts'
import { exitOfStatus, shimCommand } from './shim.ts'
import { sendProven } from './signal.ts'
import { leaderOf, treeOf } from './tree.ts'
import { watchEnd } from './watch.ts'

export interface ProcessHostOptions {
  /** Absolute, on this machine's disk; made 0700. Holds the exit files. */
  runDir: string
  clock: Clock
  logger: Logger
  /** `auto`: a cgroup for each instance where that may be. */
  cgroups?: 'auto' | 'off'
}

/** The shim needs some milliseconds to start its command; a stop right after a start waits for that. */
const mainSearches = 50
const mainSearchMs = 10

/** How long a shim may take to write down how its killed command ended, which takes it a millisecond. */
const lastWordsMs = 1_000

/** An empty cgroup of an earlier daemon is removed when it is so old; a younger one may be about to be entered. */
const staleCgroupMs = 600_000

/** The real thing: /bin/sh as shim, /proc and, where we may, cgroup v2 as source (spec §4). */
export function createProcessHost(options: ProcessHostOptions): ProcessHost {
  mkdirSync(options.runDir, { recursive: true, mode: 0o700 })
  chmodSync(options.runDir, 0o700)
  return new LinuxProcessHost(options)
}

class LinuxProcessHost implements ProcessHost {
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #exits: ExitFiles
  readonly #cgroups: Cgroups | null
  readonly #enclosure: Enclosure | null
  readonly #guard: MemoryGuard
  readonly #table = new ProcessTable()
  readonly #memoryKiller = new MemoryKiller()
  readonly #bootId = readBootId()
  readonly #units = readMachineUnits()
  /** Marks whose tree was killed but for its shim, which writes down how its command ended; until when (monotonic, ms). */
  readonly #sparedShims = new Map<string, number>()
  /** Marks of trees that are being ended on purpose: nothing may be left of them, wherever it went. */
  readonly #condemned = new Set<string>()
  #isCpuBoundTold = false

  constructor({ runDir, clock, logger, cgroups = 'auto' }: ProcessHostOptions) {
    this.#clock = clock
    this.#logger = logger
    this.#exits = new ExitFiles(runDir, logger)
    this.#cgroups = cgroups === 'off' ? null : Cgroups.find(logger)
    const look = () => this.#table.scan()
    this.#enclosure =
      this.#cgroups === null ? null : new Enclosure({ cgroups: this.#cgroups, clock, logger, look })
    this.#guard = new MemoryGuard({
      clock,
      logger,
      pageBytes: this.#units.pageBytes,
      look,
      sealed: (identity) =>
        this.#enclosure?.isSealed(identity.mark) === true ? this.#insideOf(identity) : null,
      ask: (identity) => this.signalMain(identity, 'SIGTERM'),
      kill: (identity) => this.signalTree(identity, 'SIGKILL'),
    })
    void this.#sweep()
  }

  async spawn(spec: SpawnSpec): Promise<HostedProcess> {
    if (!markPattern.test(spec.mark)) throw new BugError(`not a mark: ${JSON.stringify(spec.mark)}`)
    try {
      const order = await launchOrder(spec)
      const cgroup = hasBounds(spec) ? await this.#cgroups?.make(spec.mark, spec.limits) : null
      return await this.#launch(spec, order, cgroup ?? null)
    } catch (error) {
      await this.#cgroups?.remove(spec.mark)
      await this.#exits.forget(spec.mark)
      throw error
    }
  }

  async adopt(identity: ProcessIdentity): Promise<Adoption> {
    if (!this.#isProven(identity)) return { kind: 'ended', exit: await this.#exitOf(identity.mark) }
    this.#enclosure?.add(identity, false)
    const limitBytes = await this.#exits.limit(identity.mark)
    if (limitBytes !== null) this.#guard.watch(identity, limitBytes)
    const ended = watchEnd(identity.pid, () => this.#isAlive(identity), this.#clock)
    const exited = ended.then(() => this.#exitOf(identity.mark))
    return { kind: 'alive', process: { identity, exited } }
  }

  async find(mark: string): Promise<ProcessIdentity | null> {
    const snapshot = await this.#table.scan()
    const oldest = [...snapshot.marked(mark), ...snapshot.dyed(dyeOf(mark))]
      .filter((entry) => !entry.zombie && entry.pid !== process.pid)
      .sort((a, b) => a.startTime - b.startTime || a.pid - b.pid)[0]
    if (oldest === undefined) return null
    return { pid: oldest.pid, startTime: oldest.startTime, bootId: this.#bootId, mark }
  }

  async signalMain(identity: ProcessIdentity, signal: NodeJS.Signals): Promise<boolean> {
    this.#condemn(identity)
    for (let search = 0; search < mainSearches; search++) {
      if (search > 0) await this.#clock.sleep(mainSearchMs)
      if (!this.#isProven(identity)) return false
      const main = readChildren(identity.pid) === null ? await this.#mainByScan(identity) : mainOf(identity)
      if (main === undefined) continue
      // Between fork and exec it is the shell still, which takes the signal for one to the shim, and drops it.
      const hasBegun = !runsWhat(main.pid, identity.pid)
      if (hasBegun || search === mainSearches - 1) return sendProven(main, signal)
    }
    return false
  }

  async signalTree(identity: ProcessIdentity, signal: NodeJS.Signals): Promise<number> {
    this.#condemn(identity)
    const inside = this.#insideOf(identity)
    // A kill leaves the shim alone at first, to write down how its command ended; it then goes by itself.
    const sparedUntilMs = this.#sparedShims.get(identity.mark)
    const sparesShim =
      signal !== 'SIGKILL' || sparedUntilMs === undefined || this.#clock.monotonicMs() < sparedUntilMs
    let isKilled = sparedUntilMs !== undefined
    // All of it at once; what is outside yet gets its own below, or at the next look.
    if (signal === 'SIGKILL' && inside.length > 0 && this.#cgroups?.kill(identity.mark) === true) {
      isKilled = true
      this.#spareShim(identity.mark)
      if (this.#enclosure?.isSealed(identity.mark) === true) return inside.length
    }
    const tree = await this.#treeOf(identity)
    const others = tree.filter((entry) => entry.pid !== identity.pid)
    const spare = sparesShim && (isKilled || others.length > 0)
    if (spare && signal === 'SIGKILL') {
      this.#spareShim(identity.mark)
      // A stopped one says nothing.
      for (const entry of tree) if (entry.pid === identity.pid) sendProven(entry, 'SIGCONT')
    }
    return (spare ? others : tree).filter((entry) => sendProven(entry, signal)).length
  }

  #spareShim(mark: string): void {
    if (!this.#sparedShims.has(mark)) this.#sparedShims.set(mark, this.#clock.monotonicMs() + lastWordsMs)
  }

  async tree(identity: ProcessIdentity): Promise<number[]> {
    const tree = await this.#treeOf(identity)
    if (tree.length > 0 || identity.bootId !== this.#bootId) return tree.map((entry) => entry.pid)
    if (this.#cgroups !== null && !(await this.#cgroups.remove(identity.mark))) {
      return this.#cgroups.pids(identity.mark)
    }
    this.#enclosure?.ended(identity, this.#condemned.delete(identity.mark))
    return []
  }

  async usage(identity: ProcessIdentity): Promise<ProcessUsage | null> {
    const tree = this.#aliveInside(identity) ?? (await this.#treeOf(identity))
    if (tree.length === 0) return null
    const sum = (of: (entry: ProcStat) => number): number => tree.reduce((all, entry) => all + of(entry), 0)
    return {
      rssBytes:
        this.#cgroups?.memoryBytes(identity.mark) ?? sum((entry) => entry.rssPages) * this.#units.pageBytes,
      // Not the cgroup's, which counts from when it was entered.
      cpuMs: (sum((entry) => entry.cpuTicks) * 1000) / this.#units.ticksPerSecond,
      processes: tree.length,
      mainPid: tree.find((entry) => entry.ppid === identity.pid)?.pid ?? null,
    }
  }

  async forgetExit(mark: string): Promise<void> {
    this.#condemned.delete(mark)
    // Of one whose tree nobody looked at any more, as with a command that only asks something.
    if (markPattern.test(mark)) await this.#cgroups?.remove(mark)
    await this.#exits.forget(mark)
  }

  async #launch(spec: SpawnSpec, order: LaunchOrder, cgroup: MadeCgroup | null): Promise<HostedProcess> {
    this.#warnOfLostVariables(spec)
    this.#tellUnboundCpu(spec, cgroup)
    const guardedBytes = cgroup?.bounds.has('memory') === true ? null : (spec.limits?.memoryBytes ?? null)
    // The daemon that adopts it keeps the bound.
    if (guardedBytes !== null) await writeFile(this.#exits.limitPath(spec.mark), `${guardedBytes}\n`)
    const hosted = await this.#start(spec, order, cgroup)
    this.#enclosure?.add(hosted.identity, cgroup !== null && cgroup.bounds.size > 0)
    if (guardedBytes !== null) this.#guard.watch(hosted.identity, guardedBytes)
    return hosted
  }

  async #start(spec: SpawnSpec, order: LaunchOrder, cgroup: MadeCgroup | null): Promise<HostedProcess> {
    const [shell, ...shellArgs] = shimCommand({
      ...order,
      exitFile: this.#exits.exitPath(spec.mark),
      dyeKib: dyeKibOf(spec.mark),
      // Bounds hold from the first instruction on; others are brought in while they run.
      cgroupProcs: cgroup !== null && cgroup.bounds.size > 0 ? cgroup.procsFile : null,
      openFiles: spec.limits?.openFiles ?? null,
    })
    const log = await openLogFile(spec.logFile)
    try {
      const child = spawn(shell, shellArgs, {
        cwd: spec.cwd,
        env: order.env,
        detached: true,
        stdio: ['ignore', log.fd, log.fd],
      })
      return await this.#hosted(child, spec.mark)
    } catch (cause) {
      throw new OperationalError(`cannot start ${spec.command[0]}: ${messageOf(cause)}`, {
        code: 'process.spawn',
        retryable: true,
        hint: 'see the limits of processes and memory (ulimit -a), the size of command and env, and /bin/sh',
        cause,
      })
    } finally {
      void log.close().catch(() => {})
    }
  }

  /** The child's exit is heard by libuv; its start time is read in this turn, before anything can wait for it. */
  async #hosted(child: ChildProcess, mark: string): Promise<HostedProcess> {
    const { pid } = child
    const born = pid === undefined ? undefined : readStat(pid)
    if (pid === undefined || born === undefined) throw await failureOf(child)
    child.unref()
    const exited = new Promise<ProcessExit>((resolve) => {
      child.once('exit', (status, signal) => {
        const exit =
          status === null
            ? { code: null, signal, source: 'wait' as const, shimKilled: true as const }
            : exitOfStatus(status, 'wait')
        resolve(this.#explained(mark, exit))
      })
    })
    return { identity: { pid, startTime: born.startTime, bootId: this.#bootId, mark }, exited }
  }

  async #exitOf(mark: string): Promise<ProcessExit> {
    return this.#explained(mark, await this.#exits.exit(mark))
  }

  /** With why it was ended, where the kernel or we ended it for its memory: then it did not end by itself. */
  #explained(mark: string, exit: ProcessExit): ProcessExit {
    const isKilledByUs = this.#sparedShims.delete(mark)
    this.#enclosure?.leave(mark)
    const cause = this.#guard.release(mark) ?? (isKilledByUs ? null : this.#kernelCause(mark, exit))
    return cause === null ? exit : { ...exit, code: null, signal: exit.signal ?? 'SIGTERM', cause }
  }

  #kernelCause(mark: string, { signal, source }: ProcessExit): string | null {
    const killedAt = this.#cgroups?.memoryKilledAt(mark) ?? null
    if (killedAt !== null) return overMemory(killedAt, null)
    const isHeardNow = signal === 'SIGKILL' && source === 'wait'
    return isHeardNow && this.#memoryKiller.struck() ? shortOfMemory : null
  }

  /**
   * The living processes of a tree. Of a sealed one its cgroup and its shim are all, read without a look at any other process; of
   * one that is being ended on purpose, or is not in its cgroup yet, everything is looked through.
   */
  async #treeOf(identity: ProcessIdentity): Promise<ProcStat[]> {
    if (identity.bootId !== this.#bootId) return []
    const inside = this.#insideOf(identity)
    if (this.#enclosure?.isSealed(identity.mark) === true) {
      const shim = this.#isProven(identity) ? readStat(identity.pid) : undefined
      const known = shim === undefined ? inside : [shim, ...inside]
      if (known.length > 0 || !this.#condemned.has(identity.mark)) return known
    }
    const tree = treeOf(await this.#table.scan(), identity, process.pid)
    const pids = new Set(tree.map((entry) => entry.pid))
    return [...tree, ...inside.filter((stat) => !pids.has(stat.pid))]
  }

  /**
   * A sealed tree, for looking only: what is measured need not be proven as what is signalled must be, and the proof would be
   * half the cost of a look at all workers. Null: it is not sealed, or has ended.
   */
  #aliveInside(identity: ProcessIdentity): ProcStat[] | null {
    if (identity.bootId !== this.#bootId || this.#enclosure?.isSealed(identity.mark) !== true) return null
    const shim = readStat(identity.pid)
    const isAlive = shim?.startTime === identity.startTime && !shim.zombie
    return isAlive ? [shim, ...this.#insideOf(identity)] : null
  }

  #insideOf(identity: ProcessIdentity): ProcStat[] {
    if (this.#cgroups === null || identity.bootId !== this.#bootId) return []
    const stats = this.#cgroups
      .pids(identity.mark)
      .map((pid) => (pid === process.pid ? undefined : readStat(pid)))
    return stats.filter(
      (stat) => stat !== undefined && !stat.zombie && stat.pid !== identity.pid,
    ) as ProcStat[]
  }

  async #mainByScan(identity: ProcessIdentity): Promise<ProcEntry | undefined> {
    const snapshot = await this.#table.scan()
    const leader = leaderOf(snapshot, identity)
    return leader && snapshot.childrenOf(leader.pid).find((entry) => !entry.zombie)
  }

  #condemn(identity: ProcessIdentity): void {
    if (this.#isProven(identity)) this.#condemned.add(identity.mark)
  }

  #isProven(identity: ProcessIdentity): boolean {
    const { pid, mark } = identity
    return (
      identity.bootId === this.#bootId &&
      this.#isAlive(identity) &&
      (readDye(pid) === dyeOf(mark) || readMark(pid) === mark)
    )
  }

  #isAlive(identity: ProcessIdentity): boolean {
    const now = readStat(identity.pid)
    return now !== undefined && now.startTime === identity.startTime && !now.zombie
  }

  #tellUnboundCpu({ limits }: SpawnSpec, cgroup: MadeCgroup | null): void {
    if (limits?.cpuCores == null || cgroup?.bounds.has('cpu') === true || this.#isCpuBoundTold) return
    this.#isCpuBoundTold = true
    this.#logger.warn(
      {},
      'limits.cpu is not kept: it needs a delegated cgroup v2 with the cpu controller (Delegate=yes in the unit); nice is kept',
    )
  }

  /** A shell hands on only variables with names that it could set itself. */
  #warnOfLostVariables(spec: SpawnSpec): void {
    const lost = Object.keys(spec.env).filter((name) => !/^[A-Za-z_]\w*$/.test(name))
    if (lost.length > 0) {
      this.#logger.warn({ variables: lost }, `variables that a shell cannot hand on: ${lost.join(', ')}`)
    }
  }

  async #sweep(): Promise<void> {
    try {
      await this.#exits.sweep(this.#clock)
      await this.#cgroups?.sweep(this.#clock.wallMs(), staleCgroupMs)
    } catch (error) {
      this.#logger.warn(
        { error: messageOf(error) },
        `cannot tidy up after earlier daemons: ${messageOf(error)}`,
      )
    }
  }
}

/** The command of a proven shim: its one child. */
function mainOf(identity: ProcessIdentity): ProcStat | undefined {
  for (const pid of readChildren(identity.pid) ?? []) {
    const stat = readStat(pid)
    if (stat !== undefined && !stat.zombie && stat.ppid === identity.pid) return stat
  }
  return undefined
}

function failureOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => {
    child.once('error', resolve)
    child.once('exit', () => resolve(new Error('it was gone at once')))
  })
}

/** For the kernel to keep; who has some enters its cgroup before its first instruction. */
function hasBounds({ limits }: SpawnSpec): boolean {
  return limits !== undefined && (limits.memoryBytes !== null || limits.cpuCores !== null)
}
