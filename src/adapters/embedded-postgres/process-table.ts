import type { BigIntStats } from 'node:fs'
import { readFile, readdir, stat } from 'node:fs/promises'

/** What /proc says of a living process. A zombie counts as gone: it holds nothing any more. */
export interface LivingProcess {
  pid: number
  /** The program's name, at most 15 characters. */
  name: string
  /** Field 22 of /proc/PID/stat: clock ticks since boot. Together with pid and boot id it names a process for ever. */
  startTime: number
}

/** Null when there is no such process. */
export async function livingProcess(pid: number): Promise<LivingProcess | null> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  if (line === null) return null
  // The name stands in parentheses and may hold anything, parentheses and spaces included: the last one ends it.
  const nameEnd = line.lastIndexOf(')')
  const fields = line.slice(nameEnd + 2).split(' ')
  if (fields[0] === 'Z' || fields[0] === 'X') return null
  return { pid, name: line.slice(line.indexOf('(') + 1, nameEnd), startTime: Number(fields[19]) }
}

/** A new one at each boot, so that pid and start time of an earlier life prove nothing. */
export async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
}

/** Whether the process works in this very folder (same device and inode). False as well where /proc is closed to us. */
export async function worksIn(pid: number, folder: string): Promise<boolean> {
  return sameFolder(await folderStats(`/proc/${pid}/cwd`), await folderStats(folder))
}

/** The pids of all living processes that work in this folder. */
export async function processesIn(folder: string): Promise<number[]> {
  const wanted = await folderStats(folder)
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(
    pids.map(async (pid) => sameFolder(await folderStats(`/proc/${pid}/cwd`), wanted)),
  )
  return pids.filter((_, index) => found[index])
}

async function folderStats(path: string): Promise<BigIntStats | null> {
  return stat(path, { bigint: true }).catch(() => null)
}

function sameFolder(a: BigIntStats | null, b: BigIntStats | null): boolean {
  return a !== null && b !== null && a.dev === b.dev && a.ino === b.ino
}
