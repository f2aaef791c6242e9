import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Proportional and resident memory of processes together, in MiB. */
export function memoryOf(pids: readonly number[]): { pssMiB: number; rssMiB: number } {
  const kilobytes = (pid: number, field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0)
  const sum = (field: string): number => pids.reduce((all, pid) => all + kilobytes(pid, field), 0) / 1024
  return { pssMiB: sum('Pss'), rssMiB: sum('Rss') }
}

/** Time on a CPU of all threads of these processes so far, in milliseconds, to the nanosecond (proc_pid_schedstat). */
export function cpuMsOf(pids: readonly number[]): number {
  return pids.flatMap((pid) => threadsOf(pid)).reduce((all, nanoseconds) => all + nanoseconds / 1e6, 0)
}

function threadsOf(pid: number): number[] {
  return list(`/proc/${pid}/task`).map((thread) =>
    Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0]),
  )
}

/** The process and all that descend from it. */
export function familyOf(pid: number): number[] {
  const parents = new Map(pids().map((one) => [one, Number(fieldsOf(one)[1])]))
  const family = [pid]
  for (const member of family) {
    for (const [child, parent] of parents) if (parent === member) family.push(child)
  }
  return family
}

/** Processes that carry a word in their command line: workers, and whoever knows what they run. */
export function bearersOf(word: string): number[] {
  return pids().filter((pid) => read(`/proc/${pid}/cmdline`).split('\0').includes(word))
}

/** The workers (worker.sh) themselves. */
export function sleepersOf(word: string): number[] {
  return pids().filter((pid) => read(`/proc/${pid}/cmdline`) === `sleep\0${word}\0`)
}

/** Processes at home in a folder: a supervisor's small ones carry no word. */
export function dwellersOf(folder: string): number[] {
  return pids().filter((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`).startsWith(`${folder}/`)
    } catch {
      return false
    }
  })
}

/** Not a zombie. */
export function isAlive(pid: number): boolean {
  const state = fieldsOf(pid)[0]
  return state !== undefined && state !== '' && state !== 'Z' && state !== 'X'
}

const pids = (): number[] =>
  list('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)

/** From the third field of /proc/PID/stat on. */
function fieldsOf(pid: number): string[] {
  const stat = read(`/proc/${pid}/stat`)
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
