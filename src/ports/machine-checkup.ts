/** What a look at this machine finds for an operator. Nothing here holds a secret. Sizes in bytes, times in milliseconds. */

/** A file or folder that matters to a fleet, and who may get at it. */
export interface FileFacts {
  /** In plain words: `the configuration`, `the file of [queue] password_file`. */
  what: string
  path: string
  /**
   * - `secret`: nobody else is to read it. - `trusted`: nobody else is to write it, for it decides what is run.
   * - `private`: as a secret, but nothing is wrong when it is not there yet.
   */
  kind: 'secret' | 'trusted' | 'private'
  /** Null: it is not there. `mode`: the permission bits alone. */
  found: { uid: number; mode: number; readable: boolean } | null
}

/** One file system, and what of ours lies on it. */
export interface DiskFacts {
  /** `state`, `logs`, … */
  uses: string[]
  path: string
  freeBytes: number
  totalBytes: number
  /** Null where files are not counted (btrfs and others). */
  freeFiles: number | null
}

export interface ClockFacts {
  /** By the kernel; null: it could not be asked. */
  synchronised: boolean | null
  /** How far the wall clock moved against the monotonic one since the daemon's start; null: no daemon tells. */
  steppedMs: number | null
}

export interface LimitFacts {
  /** Whose limits these are. */
  of: 'daemon' | 'shell'
  /** Null: unlimited, here and below. */
  openFiles: number | null
  /** Processes and threads of this account. */
  processes: number | null
  /** Of the innermost cgroup that has a bound. */
  cgroupPids: { max: number; used: number } | null
  /** Of the whole kernel. */
  threads: number | null
  inotifyInstances: number | null
}

/** What the workers of the configuration may need together. */
export interface FleetNeeds {
  instances: number
  /** Sum of the memory bounds of those instances that have one. */
  memoryBytes: number
  /** Instances without one. */
  unbounded: number
  budgetBytes: number | null
  /** Names of workers with a bound that only a cgroup keeps well. */
  bounded: string[]
  /** systemd runs each worker as a unit of its own, and keeps its bounds. */
  byUnits: boolean
}

export interface MemoryFacts {
  totalBytes: number
  /** The tightest bound of the cgroups above us; null: none. */
  cgroupBytes: number | null
}

export interface CgroupFacts {
  of: 'daemon' | 'shell'
  /** Null: this machine has no cgroup v2, or shows us none. */
  path: string | null
  /** We may make cgroups of our own there. */
  delegated: boolean
  controllers: string[]
  /** No process lives in that very cgroup that systemd put there: then none of them may be handed on. */
  mayHandOn: boolean
}

/** The service manager, as far as it concerns us. */
export interface ServiceFacts {
  /** Null: this machine does not run systemd. */
  version: string | null
  units: UnitFacts[]
  /** Units that are neither ours nor unknown to us: of an older fleet. */
  oldUnits: string[]
  /** Of the account we are; null: it does not matter to root. */
  lingering: boolean | null
  /** Whether it is known where the account's own manager is, without which `systemctl --user` finds nobody. */
  runtimeDir: boolean
}

export interface UnitFacts {
  name: string
  scope: 'system' | 'user'
  /** systemd's words: loaded, not-found, masked, bad-setting, … */
  load: string
  /** active, inactive, failed, activating, … */
  active: string
  /** enabled, disabled, static, …; '' when it has no file. */
  enabled: string
  /** Of its file; null: none. */
  path: string | null
  /** The file was changed since systemd read it. */
  needsReload: boolean
  /** `ours`: as `jrctl install` wrote it. `edited`: changed since. `foreign`: of other hands; null: it cannot be read. */
  written: 'ours' | 'edited' | 'foreign' | null
  /** 0: none. */
  mainPid: number
  delegated: boolean
}

/** Who asks `jrctl health-check` at times, beside a timer of systemd's. */
export interface CronFacts {
  /** Tables that could be read, and hold such a line. */
  lines: { where: string; line: string }[]
  /** Whose table has them by what `jrctl install` noted, and is closed to us; null: nobody's, or it was read. */
  closed: string | null
}

/** A process of another fleet beside ours. */
export interface StrangerFacts {
  pid: number
  uid: number
  /** Cleaned, and cut. */
  command: string
}

/** An address that we listen at, or would. */
export interface PortFacts {
  what: 'api' | 'gateway'
  host: string
  port: number
  /** Who listens there; null: nobody. The parts are null that we may not see. */
  holder: { pid: number | null; program: string | null; isOurs: boolean } | null
  /** What the daemon says why it does without; null: it does not. */
  absence: string | null
  /** Somebody asked for this very address. */
  isWritten: boolean
}

export interface UpstreamFacts {
  name: string
  kind: 'http' | 'simulated'
  /** Without what stands before its `@` or behind its `?`. */
  address: string
  outcome: { kind: 'answered'; status: number; answerMs: number } | { kind: 'failed'; why: string } | null
  /** Why it was asked without its key, which the daemon may have; null: it was asked as the gateway asks. */
  keyless: string | null
}

export interface AlertChannelFacts {
  name: string
  kind: 'webhook' | 'command' | 'log'
  /** Why it would not be told; null: nothing is known against it. */
  problem: string | null
  /** The problem is one of this shell's environment, and the daemon's may be another. */
  isOfShell: boolean
}

export interface ScheduleFacts {
  /** The host's; null: what is asked for by TZ is the name of none. */
  timezone: string | null
  /** The variable TZ, which stands above the host's; null: it is not set. */
  asked: string | null
  /** Scheduled workers and windows that go by it, because they name none. */
  byHost: string[]
  /** The variable or file that says so; null: nothing does, and it is UTC for want of one. */
  source: string | null
}

/** What travels inside the executable, where it was unpacked. */
export interface ParcelFacts {
  /** The best first; null: this is no packaged executable. */
  places: ParcelPlaceFacts[] | null
}

export interface ParcelPlaceFacts {
  path: string
  /** It is, or would be made, on a mount from which nothing can be run. */
  noexec: boolean
  folders: {
    name: string
    bytes: number
    /** It is this executable's; else an older or newer one's. */
    isOurs: boolean
    /** What is wrong with one of ours; null: nothing. */
    damage: string | null
    unusedMs: number
  }[]
}

export interface LibraryFacts {
  /** Null: this is no glibc, or it does not say. */
  glibc: string | null
  /** What a packaged jrctl needs and this machine does not have: `/bin/sh`, `librt.so.1`, … */
  missing: string[]
  /** Of the account we are; null: it has none. */
  accountName: string | null
}

export interface VersionFacts {
  jrctl: string
  node: string
  sqlite: string | null
  /** Why that cannot be loaded; null: it can. */
  sqliteProblem: string | null
  kernel: string
  /** Of the daemon that runs; null: none does. */
  daemon: string | null
}
