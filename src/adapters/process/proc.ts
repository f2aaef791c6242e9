import { readFileSync } from 'node:fs'
import { variableIn } from '../../system/environ.ts'

/** One process as /proc tells it (proc_pid_stat(5), proc_pid_environ(5)). */
export interface ProcEntry {
  pid: number
  ppid: number
  session: number
  /** Clock ticks since boot. */
  startTime: number
  /** A thread of the kernel's own: it has no environment, and is nobody's child. */
  isKernel: boolean
  /** Dead but not yet waited for: it holds its pid and does nothing. */
  zombie: boolean
  /** User and system time, of waited-for children too; clock ticks. */
  cpuTicks: number
  rssPages: number
  /** The value of JRCTL_MARK in its environment. */
  mark: string | null
  /** See dye.ts. */
  dye: number | null
}

/** PF_KTHREAD of the flags, from linux/sched.h. Its parent tells nothing: in a container pid 2 is anybody. */
const kernelThread = 0x0020_0000

/** What /proc/PID/stat tells. */
export type ProcStat = Omit<ProcEntry, 'mark' | 'dye'>

/** The variable by which a tree is found and proven ours. */
export const markVariable = 'JRCTL_MARK'

/** Parses /proc/PID/stat. The name in brackets may hold spaces and brackets, hence the last bracket counts. */
export function parseStat(text: string): ProcStat | undefined {
  const nameEnd = text.lastIndexOf(')')
  const pid = Number.parseInt(text, 10)
  // fields[0] is field 3 of the manual page.
  const fields = text.slice(nameEnd + 2).split(' ')
  const at = (field: number): number => Number(fields[field - 3])
  if (nameEnd < 0 || fields.length < 22 || !Number.isInteger(pid)) return undefined
  return {
    pid,
    ppid: at(4),
    session: at(6),
    startTime: at(22),
    isKernel: (at(9) & kernelThread) !== 0,
    zombie: fields[0] === 'Z' || fields[0] === 'X',
    cpuTicks: at(14) + at(15) + at(16) + at(17),
    rssPages: at(24),
  }
}

/** The mark in the text of /proc/PID/environ, null when there is none. */
export function markIn(environ: string): string | null {
  return variableIn(environ, markVariable)
}

/** The process right now, without its mark; undefined when there is none. Synchronous: proof and kill share one turn. */
export function readStat(pid: number): ProcStat | undefined {
  const text = readProc(`${pid}/stat`)
  return text === undefined ? undefined : parseStat(text)
}

/** The mark of the process right now; null when it has none, has ended, or may not be looked into. */
export function readMark(pid: number): string | null {
  return markIn(readProc(`${pid}/environ`) ?? '')
}

/** Random per boot of this machine: a pid and a start time from before a reboot prove nothing. */
export function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
}

export interface MachineUnits {
  pageBytes: number
  ticksPerSecond: number
}

/** Reads /proc/self/auxv (getauxval(3)): pairs of words, key then value. */
export function readMachineUnits(): MachineUnits {
  const words = new BigUint64Array(Uint8Array.from(readFileSync('/proc/self/auxv')).buffer)
  const value = (key: bigint, otherwise: number): number => {
    for (let i = 0; i + 1 < words.length; i += 2) if (words[i] === key) return Number(words[i + 1])
    return otherwise
  }
  return { pageBytes: value(6n, 4096), ticksPerSecond: value(17n, 100) }
}

/** The parent of a process right now; null when it has ended. */
export function readPpid(pid: number): number | null {
  const now = readStat(pid)
  return now === undefined || now.zombie ? null : now.ppid
}

/** The children of a process, of its main thread alone; null where the kernel does not tell (CONFIG_PROC_CHILDREN). */
export function readChildren(pid: number): number[] | null {
  const text = readProc(`${pid}/task/${pid}/children`)
  return text === undefined ? null : text.split(' ').filter(Boolean).map(Number)
}

/** Whether a process still runs what its parent runs: a fork that has not become another program yet. */
export function runsWhat(pid: number, parentPid: number): boolean {
  const line = readProc(`${pid}/cmdline`)
  return line !== undefined && line !== '' && line === readProc(`${parentPid}/cmdline`)
}

/** Procfs is memory, not disk: such a read takes microseconds. As UTF-8, which Node reads in one call. */
function readProc(path: string): string | undefined {
  try {
    return readFileSync(`/proc/${path}`, 'utf8')
  } catch {
    return undefined
  }
}
