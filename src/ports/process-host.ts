import type { ResourceLimits } from '../domain/resource-limits.ts'

/**
 * Processes on this machine. The supervisor's worker processes outlive the daemon: each runs in its own session, writes to
 * its log file directly, carries a mark in its environment, and leaves its exit code in a file.
 */
export interface ProcessHost {
  /**
   * Starts a program that survives us. Throws OperationalError: `process.missing` (no such program),
   * `process.not_executable`, `process.no_cwd`, `process.log` (the log file cannot be written), `process.user` (no such
   * account, or no right to become it), `process.limits` (a bound that cannot be kept), `process.spawn`.
   */
  spawn(spec: SpawnSpec): Promise<HostedProcess>
  /** Finds a process again after our own restart. */
  adopt(identity: ProcessIdentity): Promise<Adoption>
  /**
   * Finds a tree by its mark alone: the process that leads it, else its oldest living one; null when none is left. For a
   * spawn that a crash kept from being written down.
   */
  find(mark: string): Promise<ProcessIdentity | null>
  /** Sends a signal to the command itself and to nothing that it started. False when there is no command to get it. */
  signalMain(identity: ProcessIdentity, signal: NodeJS.Signals): Promise<boolean>
  /** Sends a signal to the whole tree of a process proven to be ours. Answers how many processes got it. */
  signalTree(identity: ProcessIdentity, signal: NodeJS.Signals): Promise<number>
  /** The living processes of this tree, however they detached themselves; the process itself included. */
  tree(identity: ProcessIdentity): Promise<number[]>
  /** Memory and CPU time of the whole tree. */
  usage(identity: ProcessIdentity): Promise<ProcessUsage | null>
  /**
   * How this instance ended is on record elsewhere now, and its tree is gone: what is kept of it here may go. Until then a
   * later daemon learns its exit again; an exit that is never forgotten goes when it is a week old. Never throws.
   */
  forgetExit(mark: string): Promise<void>
}

export interface SpawnSpec {
  /** argv; never a shell line. */
  command: readonly [string, ...string[]]
  cwd: string
  env: Record<string, string>
  /** stdout and stderr are appended here. */
  logFile: string
  /** Random, unique; put into the environment as JRCTL_MARK, by which the tree is found and proven ours. */
  mark: string
  /** Over its memory it is ended, with that as the `cause` of its exit. */
  limits?: ResourceLimits
  /** Run as this account, with its groups; HOME, USER and LOGNAME are its own where `env` has none. Needs root. */
  user?: string
}

/** What proves that a pid is the process that we started. Plain JSON, kept in SQLite. */
export interface ProcessIdentity {
  pid: number
  /** Field 22 of /proc/PID/stat: clock ticks since boot. */
  startTime: number
  bootId: string
  mark: string
}

export interface HostedProcess {
  identity: ProcessIdentity
  /** Settles when the process has ended, with its exit as far as it can be known. Never rejects. */
  exited: Promise<ProcessExit>
}

export type Adoption =
  | { kind: 'alive'; process: HostedProcess }
  /** It ended while nobody watched. */
  | { kind: 'ended'; exit: ProcessExit }

export interface ProcessExit {
  code: number | null
  signal: NodeJS.Signals | null
  /** How we know: waited for, read from the file it left, or not known at all. */
  source: 'wait' | 'file' | 'unknown'
  /** Why it was ended from without, where that is known: `over its memory limit of 512M (used 600M)`. */
  cause?: string
  /** The process around the command was killed: the command itself may live on until its tree is ended. */
  shimKilled?: true
}

export interface ProcessUsage {
  rssBytes: number
  cpuMs: number
  processes: number
  /** The command itself, as an operator knows it from `ps`; null when it has ended. */
  mainPid: number | null
}
