import { OperationalError } from '../../src/errors.ts'
import type {
  HostedProcess,
  ProcessExit,
  ProcessHost,
  ProcessIdentity,
  SpawnSpec,
} from '../../src/ports/process-host.ts'

/** How a program of the fake machine behaves; by default it runs until a signal ends it. */
export interface FakeProgram {
  /** There is no such program. */
  missing?: boolean
  /** It ends at once with this code. */
  exits?: number
  /** Signals that do not end it. */
  ignores?: readonly NodeJS.Signals[]
  /** So many grandchildren in sessions of their own, which nobody but the mark can find. */
  strays?: number
  /** Its spawn does not come back until `release` is called. */
  hangs?: boolean
}

interface FakeProcess {
  pid: number
  startTime: number
  mark: string
  kind: 'shim' | 'main' | 'stray'
  program: FakeProgram
}

/** What the calls of a dead daemon come to. */
function never<Value>(): Promise<Value> {
  return new Promise<Value>(() => {})
}

/** A machine whose processes outlive the daemons that started them. Nothing on it takes time. */
export class FakeMachine {
  bootId = 'boot-1'
  readonly programs = new Map<string, FakeProgram>()
  readonly processes = new Map<number, FakeProcess>()
  /** How those ended that nobody has forgotten yet, by mark. */
  readonly exitFiles = new Map<string, ProcessExit>()
  /** Every spawn, oldest first. */
  readonly spawned: SpawnSpec[] = []
  /** The marks of those spawns that came to be processes. */
  readonly born = new Set<string>()
  /** Every signal that reached a process, oldest first. */
  readonly signals: { pid: number; mark: string; signal: NodeJS.Signals }[] = []
  /** Grows with each daemon's death: hosts of an earlier one hear and do nothing more. */
  daemon = 1
  readonly #watchers = new Map<number, (() => void)[]>()
  #held: (() => void)[] = []
  #nextPid = 1000

  /** `kill -9` of the daemon: what it was waiting for never comes. */
  daemonDies(): void {
    this.daemon += 1
  }

  /** The command of the instance with this mark ends by itself. */
  exit(mark: string, code: number): void {
    this.#endMain(mark, { code, signal: null, source: 'file' })
  }

  /** The command of the instance with this mark is ended by its host, as one over its memory limit is. */
  overLimit(mark: string, cause: string): void {
    this.#endMain(mark, { code: null, signal: 'SIGKILL', source: 'file', cause })
  }

  /** As `kill -9` of an operator, or the kernel's memory killer. */
  kill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
    const target = this.processes.get(pid)
    if (target === undefined) return
    this.signals.push({ pid, mark: target.mark, signal })
    if (signal !== 'SIGKILL' && (target.kind === 'shim' || target.program.ignores?.includes(signal))) return
    if (target.kind === 'main') this.#endMain(target.mark, { code: null, signal, source: 'file' })
    else this.#remove(target)
  }

  /** Everything ends unrecorded, and pids start over. */
  reboot(): void {
    for (const entry of this.processes.values()) this.#remove(entry)
    this.exitFiles.clear()
    this.bootId = `${this.bootId}+`
    this.#nextPid = 1000
  }

  /** Lets the spawns go on that hang. */
  release(): void {
    for (const resume of this.#held.splice(0)) resume()
  }

  marked(mark: string): FakeProcess[] {
    return [...this.processes.values()].filter((entry) => entry.mark === mark)
  }

  async launch(spec: SpawnSpec): Promise<FakeProcess> {
    const program = this.programs.get(spec.command[0]) ?? {}
    if (program.missing === true) {
      throw new OperationalError(`no such program: ${spec.command[0]}, looked in PATH`, {
        code: 'process.missing',
        retryable: true,
      })
    }
    const { daemon } = this
    this.spawned.push(structuredClone(spec))
    if (program.hangs === true) {
      await new Promise<void>((resolve) => {
        this.#held.push(resolve)
      })
      // A dead daemon forks no more.
      if (this.daemon !== daemon) return never()
    }
    this.born.add(spec.mark)
    const shim = this.#add(spec.mark, 'shim', program)
    this.#add(spec.mark, 'main', program)
    for (let stray = 0; stray < (program.strays ?? 0); stray++) this.#add(spec.mark, 'stray', program)
    if (program.exits !== undefined) this.exit(spec.mark, program.exits)
    return shim
  }

  whenGone(pid: number, action: () => void): void {
    if (!this.processes.has(pid)) return action()
    this.#watchers.set(pid, [...(this.#watchers.get(pid) ?? []), action])
  }

  #add(mark: string, kind: FakeProcess['kind'], program: FakeProgram): FakeProcess {
    const pid = this.#nextPid++
    const entry = { pid, startTime: pid * 10, mark, kind, program }
    this.processes.set(pid, entry)
    return entry
  }

  /** The shim writes down how its command ended, then ends too; strays live on. */
  #endMain(mark: string, exit: ProcessExit): void {
    const [shim, main] = (['shim', 'main'] as const).map((kind) =>
      this.marked(mark).find((entry) => entry.kind === kind),
    )
    if (main === undefined) return
    this.#remove(main)
    if (shim === undefined) return
    this.exitFiles.set(mark, exit)
    this.#remove(shim)
  }

  #remove(entry: FakeProcess): void {
    this.processes.delete(entry.pid)
    const watchers = this.#watchers.get(entry.pid) ?? []
    this.#watchers.delete(entry.pid)
    for (const watcher of watchers) watcher()
  }
}

/** A host on the fake machine. Make a second one on the same machine for the daemon after a crash. */
export function fakeProcessHost(machine = new FakeMachine()): ProcessHost & { machine: FakeMachine } {
  const { daemon } = machine
  const isProven = (identity: ProcessIdentity): boolean => {
    const entry = machine.processes.get(identity.pid)
    return (
      identity.bootId === machine.bootId &&
      entry?.startTime === identity.startTime &&
      entry.mark === identity.mark
    )
  }
  const treeOf = (identity: ProcessIdentity): FakeProcess[] =>
    identity.bootId === machine.bootId ? machine.marked(identity.mark) : []
  const exitOf = (mark: string): ProcessExit =>
    machine.exitFiles.get(mark) ?? { code: null, signal: null, source: 'unknown' }
  const hosted = (identity: ProcessIdentity, source: 'wait' | 'file'): HostedProcess => ({
    identity,
    exited: new Promise((resolve) => {
      machine.whenGone(identity.pid, () => {
        if (machine.daemon !== daemon) return
        const exit = exitOf(identity.mark)
        if (source === 'file') resolve(exit)
        // The parent of a killed shim knows as much as its signal.
        else if (exit.source === 'unknown')
          resolve({ code: null, signal: 'SIGKILL', source, shimKilled: true })
        else resolve({ ...exit, source })
      })
    }),
  })

  return {
    machine,
    spawn: async (spec) => {
      if (machine.daemon !== daemon) return never()
      const { pid, startTime } = await machine.launch(spec)
      return hosted({ pid, startTime, bootId: machine.bootId, mark: spec.mark }, 'wait')
    },
    adopt: async (identity) =>
      isProven(identity)
        ? { kind: 'alive', process: hosted(identity, 'file') }
        : { kind: 'ended', exit: exitOf(identity.mark) },
    find: async (mark) => {
      const oldest = machine.marked(mark)[0]
      return oldest === undefined
        ? null
        : { pid: oldest.pid, startTime: oldest.startTime, bootId: machine.bootId, mark }
    },
    signalMain: async (identity, signal) => {
      const main = isProven(identity) ? treeOf(identity).find((entry) => entry.kind === 'main') : undefined
      if (main !== undefined) machine.kill(main.pid, signal)
      return main !== undefined
    },
    signalTree: async (identity, signal) => {
      // The command first: its shim then records how it ended, as on a real machine.
      const others = treeOf(identity).filter((entry) => entry.kind !== 'shim')
      const targets = others.length > 0 ? others : treeOf(identity)
      for (const target of targets) machine.kill(target.pid, signal)
      return targets.length
    },
    tree: async (identity) => treeOf(identity).map((entry) => entry.pid),
    usage: async (identity) => {
      const tree = treeOf(identity)
      if (tree.length === 0) return null
      const mainPid = tree.find((entry) => entry.kind === 'main')?.pid ?? null
      return { rssBytes: tree.length * 1_000_000, cpuMs: 0, processes: tree.length, mainPid }
    },
    forgetExit: async (mark) => {
      if (machine.daemon === daemon) machine.exitFiles.delete(mark)
    },
  }
}
