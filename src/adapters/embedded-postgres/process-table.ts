import { readFile, stat } from 'node:fs/promises'

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

/**
 * Whether a process that runs as the folder's owner works in this very folder, as a postmaster does in its data. Where its
 * working folder is closed to us (root without CAP_SYS_PTRACE, as in containers), its `-D` argument speaks instead.
 */
export async function servesFolder(pid: number, folder: string): Promise<boolean> {
  const wanted = await identityOf(folder)
  const owner = await stat(`/proc/${pid}`).catch(() => null)
  if (wanted === null || owner === null || owner.uid !== wanted.uid) return false
  const place = (await identityOf(`/proc/${pid}/cwd`)) ?? (await identityOf(await dataArgument(pid)))
  return place !== null && place.dev === wanted.dev && place.ino === wanted.ino
}

async function dataArgument(pid: number): Promise<string> {
  const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
  const at = words.indexOf('-D')
  return at === -1 ? '' : (words[at + 1] ?? '')
}

async function identityOf(path: string): Promise<{ dev: number; ino: number; uid: number } | null> {
  return stat(path).catch(() => null)
}
