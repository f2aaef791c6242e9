import { readDye } from './dye.ts'
import type { ProcEntry, ProcStat } from './proc.ts'
import { readStat } from './proc.ts'

/** What a process was when it was looked at. */
export type Seen = Pick<ProcEntry, 'pid' | 'startTime'> & Partial<Pick<ProcEntry, 'dye'>>

/**
 * Signals a process that still is the one that was looked at; also wakes a stopped one, which could not act on the signal.
 * Start times count in hundredths of a second; where the process has a dye, that is proof beyond them.
 *
 * Proof and kill are two system calls without a turn of the event loop between: for the signal to hit another, the process would
 * have to be waited for and its number go all the way round (at least 300, as a rule four million forks) within those
 * microseconds. A pidfd would close even that, but Node has none but by its experimental FFI. What runs in a cgroup is killed by
 * the kernel as a whole, by no number at all.
 */
export function sendProven(entry: Seen, signal: NodeJS.Signals): boolean {
  if (!isStill(entry, readStat(entry.pid), readDye)) return false
  const sent = send(entry.pid, signal)
  if (sent && signal !== 'SIGKILL' && signal !== 'SIGSTOP') send(entry.pid, 'SIGCONT')
  return sent
}

/** Whether `now` is the very process that was seen. */
export function isStill(
  seen: Seen,
  now: ProcStat | undefined,
  dyeOfPid: (pid: number) => number | null,
): boolean {
  if (now === undefined || now.startTime !== seen.startTime || now.zombie) return false
  return seen.dye == null || dyeOfPid(seen.pid) === seen.dye
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}
