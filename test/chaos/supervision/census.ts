import { readdirSync, readFileSync } from 'node:fs'
import { runVariable } from '../fleet/processes.ts'

/** A process as /proc tells it, read by the test's own eyes: what is put to the test has no part in counting. */
export interface Citizen {
  pid: number
  ppid: number
  /** Clock ticks since boot; with the pid, the one process of that name. */
  startTime: number
  zombie: boolean
  /** argv; empty for a zombie. */
  command: string[]
  environment: ReadonlyMap<string, string>
}

/** Everybody who runs now. */
export function census(): Citizen[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => look(Number(name)))
    .filter((citizen) => citizen !== null)
}

/** Null when it is gone. */
export function look(pid: number): Citizen | null {
  const stat = read(`/proc/${pid}/stat`)
  if (stat === null) return null
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return {
    pid,
    ppid: Number(fields[1]),
    startTime: Number(fields[19]),
    zombie: fields[0] === 'Z' || fields[0] === 'X',
    command: strings(read(`/proc/${pid}/cmdline`)),
    environment: new Map(strings(read(`/proc/${pid}/environ`)).map(splitVariable)),
  }
}

/** The processes of a run whose program is this script: the workers themselves, without shims and helpers. */
export function workersOf(run: string, script: string): Citizen[] {
  return census().filter(
    ({ command, environment }) => command[1] === script && environment.get(runVariable) === run,
  )
}

/** Whoever carries a word in its command line. */
export function bearersOf(word: string): Citizen[] {
  return census().filter(({ command }) => command.includes(word))
}

/** The very process, not one that has its number by now; zombies count. */
export function isThere({ pid, startTime }: Pick<Citizen, 'pid' | 'startTime'>): boolean {
  return look(pid)?.startTime === startTime
}

const strings = (text: string | null): string[] => (text ?? '').split('\0').filter((one) => one !== '')

function splitVariable(text: string): [string, string] {
  const at = text.indexOf('=')
  return [text.slice(0, at), text.slice(at + 1)]
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return null
  }
}
