import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync } from 'node:fs'
import { readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
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
import { openLogFile } from './log-file.ts'
import type { ProcEntry } from './proc.ts'
import { markVariable, readBootId, readMachineUnits, readMark, readStat } from './proc.ts'
import { ProcessTable } from './process-table.ts'
import { findProgram } from './program.ts'
import { exitOfFile, exitOfStatus, shimCommand, unknownExit } from './shim.ts'
import { isLeader, treeOf } from './tree.ts'
import { watchEnd } from './watch.ts'

export interface ProcessHostOptions {
  /** Absolute, on this machine's disk; made 0700. Holds the exit files. */
  runDir: string
  clock: Clock
  logger: Logger
}

/** The shim needs some milliseconds to start its command; a stop right after a start waits for that. */
const mainSearches = 10
const mainSearchMs = 10

/** Marks are file names and are searched for in environments. */
const markPattern = /^[A-Za-z0-9_-]{1,128}$/

/** The real thing: /bin/sh as shim, /proc as source (spec §4, Adoption). */
export function createProcessHost(options: ProcessHostOptions): ProcessHost {
  mkdirSync(options.runDir, { recursive: true, mode: 0o700 })
  chmodSync(options.runDir, 0o700)
  return new LinuxProcessHost(options)
}

class LinuxProcessHost implements ProcessHost {
  readonly #runDir: string
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #table = new ProcessTable()
  readonly #bootId = readBootId()
  readonly #units = readMachineUnits()
  /** Marks whose tree was killed but for its shim, which then writes down how its command ended. */
  readonly #sparedShims = new Set<string>()

  constructor(options: ProcessHostOptions) {
    this.#runDir = options.runDir
    this.#clock = options.clock
    this.#logger = options.logger
  }

  async spawn(spec: SpawnSpec): Promise<HostedProcess> {
    if (!markPattern.test(spec.mark)) throw new BugError(`not a mark: ${JSON.stringify(spec.mark)}`)
    await checkFolder(spec.cwd)
    const [name, ...args] = spec.command
    const program = await findProgram(name, spec.cwd, spec.env['PATH'])
    this.#warnOfLostVariables(spec)
    const env = { ...spec.env, [markVariable]: spec.mark }
    const [shell, ...shellArgs] = shimCommand(this.#exitFile(spec.mark), [program, ...args], env)
    const log = await openLogFile(spec.logFile)
    try {
      const child = spawn(shell, shellArgs, {
        cwd: spec.cwd,
        env,
        detached: true,
        stdio: ['ignore', log.fd, log.fd],
      })
      return await this.#hosted(child, spec.mark)
    } catch (cause) {
      throw new OperationalError(`cannot start ${name}: ${messageOf(cause)}`, {
        code: 'process.spawn',
        retryable: true,
        hint: 'see the limits of processes and memory (ulimit -a), the size of command and env, and /bin/sh',
        cause,
      })
    } finally {
      await log.close()
    }
  }

  async forgetExit(mark: string): Promise<void> {
    if (markPattern.test(mark)) await this.#removeExitFile(mark)
  }

  async adopt(identity: ProcessIdentity): Promise<Adoption> {
    if (!this.#isProven(identity)) return { kind: 'ended', exit: await this.#takeExit(identity.mark) }
    const ended = watchEnd(identity.pid, () => this.#isAlive(identity), this.#clock)
    const exited = ended.then(() => this.#takeExit(identity.mark))
    return { kind: 'alive', process: { identity, exited } }
  }

  async find(mark: string): Promise<ProcessIdentity | null> {
    const entries = await this.#table.scan()
    const oldest = entries
      .filter((entry) => entry.mark === mark && !entry.zombie && entry.pid !== process.pid)
      .sort((a, b) => a.startTime - b.startTime || a.pid - b.pid)[0]
    if (oldest === undefined) return null
    return { pid: oldest.pid, startTime: oldest.startTime, bootId: this.#bootId, mark }
  }

  async signalMain(identity: ProcessIdentity, signal: NodeJS.Signals): Promise<boolean> {
    for (let search = 0; search < mainSearches; search++) {
      if (search > 0) await this.#clock.sleep(mainSearchMs)
      const entries = await this.#entriesOf(identity)
      if (!entries.some((entry) => isLeader(entry, identity))) return false
      const main = entries.find((entry) => entry.ppid === identity.pid && !entry.zombie)
      if (main !== undefined) return sendProven(main, signal)
    }
    return false
  }

  async signalTree(identity: ProcessIdentity, signal: NodeJS.Signals): Promise<number> {
    const tree = treeOf(await this.#entriesOf(identity), identity, process.pid)
    const others = tree.filter((entry) => entry.pid !== identity.pid)
    const spare = others.length > 0 && (signal !== 'SIGKILL' || !this.#sparedShims.has(identity.mark))
    if (spare && signal === 'SIGKILL') this.#sparedShims.add(identity.mark)
    return (spare ? others : tree).filter((entry) => sendProven(entry, signal)).length
  }

  async tree(identity: ProcessIdentity): Promise<number[]> {
    const tree = treeOf(await this.#entriesOf(identity), identity, process.pid)
    return tree.map((entry) => entry.pid)
  }

  async usage(identity: ProcessIdentity): Promise<ProcessUsage | null> {
    const entries = await this.#entriesOf(identity)
    const tree = treeOf(entries, identity, process.pid)
    if (tree.length === 0) return null
    const sum = (of: (entry: ProcEntry) => number): number => tree.reduce((all, entry) => all + of(entry), 0)
    return {
      rssBytes: sum((entry) => entry.rssPages) * this.#units.pageBytes,
      cpuMs: (sum((entry) => entry.cpuTicks) * 1000) / this.#units.ticksPerSecond,
      processes: tree.length,
      mainPid: tree.find((entry) => entry.ppid === identity.pid)?.pid ?? null,
    }
  }

  /** Everything that runs; nothing when the identity is of an earlier boot, for then nothing of it can run. */
  async #entriesOf(identity: ProcessIdentity): Promise<ProcEntry[]> {
    return identity.bootId === this.#bootId ? await this.#table.scan() : []
  }

  #isProven(identity: ProcessIdentity): boolean {
    return (
      identity.bootId === this.#bootId && this.#isAlive(identity) && readMark(identity.pid) === identity.mark
    )
  }

  #isAlive(identity: ProcessIdentity): boolean {
    const now = readStat(identity.pid)
    return now !== undefined && now.startTime === identity.startTime && !now.zombie
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
          status === null ? { code: null, signal, source: 'wait' as const } : exitOfStatus(status, 'wait')
        void this.#removeExitFile(mark).then(() => resolve(exit))
      })
    })
    return { identity: { pid, startTime: born.startTime, bootId: this.#bootId, mark }, exited }
  }

  #exitFile(mark: string): string {
    return join(this.#runDir, `${mark}.exit`)
  }

  async #takeExit(mark: string): Promise<ProcessExit> {
    this.#sparedShims.delete(mark)
    if (!markPattern.test(mark)) return unknownExit
    try {
      return exitOfFile(await readFile(this.#exitFile(mark), 'latin1'))
    } catch {
      return unknownExit
    } finally {
      await this.#removeExitFile(mark)
    }
  }

  async #removeExitFile(mark: string): Promise<void> {
    this.#sparedShims.delete(mark)
    try {
      await rm(this.#exitFile(mark), { force: true })
    } catch (error) {
      this.#logger.warn({ mark, error: messageOf(error) }, 'could not remove an exit file')
    }
  }

  /** A shell hands on only variables with names that it could set itself. */
  #warnOfLostVariables(spec: SpawnSpec): void {
    const lost = Object.keys(spec.env).filter((name) => !/^[A-Za-z_]\w*$/.test(name))
    if (lost.length > 0) {
      this.#logger.warn({ variables: lost }, `variables that a shell cannot hand on: ${lost.join(', ')}`)
    }
  }
}

/** Signals a process that still is the one of the scan; also wakes a stopped one, which could not act on the signal. */
function sendProven(entry: ProcEntry, signal: NodeJS.Signals): boolean {
  const now = readStat(entry.pid)
  if (now === undefined || now.startTime !== entry.startTime || now.zombie) return false
  const sent = send(entry.pid, signal)
  if (sent && signal !== 'SIGKILL' && signal !== 'SIGSTOP') send(entry.pid, 'SIGCONT')
  return sent
}

/** False when it ended in between or belongs to another user: either way it did not get it. */
function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}

async function checkFolder(cwd: string): Promise<void> {
  const isFolder = await stat(cwd).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (isFolder) return
  throw new OperationalError(`no such folder to run in: ${cwd}`, {
    code: 'process.no_cwd',
    retryable: true,
    hint: 'create it or correct cwd of this worker',
  })
}

function failureOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => {
    child.once('error', resolve)
    child.once('exit', () => resolve(new Error('it was gone at once')))
  })
}
