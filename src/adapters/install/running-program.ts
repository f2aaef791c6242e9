import { readFile, readlink, stat } from 'node:fs/promises'
import { dirname, isAbsolute } from 'node:path'

/** The program that units start. */
export interface ProgramFiles {
  path: string
  /** What is run by it, where it is a launcher: built anew, that is another program of the same name. Null: it is one file. */
  entry: string | null
}

export interface RunningProgram {
  isOurs: boolean
  /** By another file than lies there now. */
  isReplaced: boolean
  environ: string
}

const deleted = / \(deleted\)$/

/** What a process runs, as /proc tells (proc_pid_exe(5)); null: it has ended, or may not be looked into. */
export async function lookAtRunning(
  pid: number,
  { sinceMs, nowMs }: { sinceMs: number; nowMs: number },
  { path, entry }: ProgramFiles,
): Promise<RunningProgram | null> {
  try {
    const [link, environ, line] = await Promise.all([
      readlink(`/proc/${pid}/exe`),
      readFile(`/proc/${pid}/environ`, 'utf8'),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
    ])
    if (entry !== null) {
      const isOurs = line.split('\0').includes(entry)
      const builtMs = await newestMs([entry], nowMs)
      return { isOurs, isReplaced: isOurs && builtMs !== null && builtMs > sinceMs, environ }
    }
    // By what it was called, wherever that was moved since; a name beside tells of one that was called otherwise. Anything else was
    // put around it by the administrator: a script's process is called as its shell.
    const exe = link.replace(deleted, '')
    const isOurs = calledAs(line) === path || (dirname(exe) === dirname(path) && exe.startsWith(path))
    return { isOurs, isReplaced: isOurs && !(await isSame(pid, path)), environ }
  } catch {
    return null
  }
}

/** Where the program lies by which a process runs, when that is another by now; null: it is not, or nobody can tell. */
export async function replacedProgram(
  pid: number,
  times: { sinceMs: number; nowMs: number },
): Promise<string | null> {
  const link = await readlink(`/proc/${pid}/exe`).catch(() => '')
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  const entry = line.split('\0').find((argument) => argument.endsWith('/dist/main.js')) ?? null
  const exe = link.replace(deleted, '')
  const path = calledAs(line) ?? exe
  if (exe === '' || (entry === null && link !== exe)) return exe === '' ? null : path
  const found = await lookAtRunning(pid, times, { path, entry })
  return found?.isReplaced === true ? (entry ?? path) : null
}

/** The first word of a command line, where it is a path: a manager of units calls what it starts by it. */
function calledAs(line: string): string | null {
  const [first = ''] = line.split('\0')
  return isAbsolute(first) ? first : null
}

async function isSame(pid: number, path: string): Promise<boolean> {
  const [running, there] = await Promise.all([stat(`/proc/${pid}/exe`), stat(path).catch(() => null)])
  // Taken away by hand, it cannot be started anew either.
  return there === null || (running.ino === there.ino && running.dev === there.dev)
}

/**
 * When the newest of files came to be where it is, as it is: a copy may keep the date of what was copied (`cp -p`, `rsync -a`, `tar x`),
 * and nobody can set that of the change itself. A date in the future tells nothing. Null: none tells.
 */
export async function newestMs(paths: readonly string[], nowMs: number): Promise<number | null> {
  const times = (await Promise.all(paths.map(datesOf))).flat().filter((atMs) => atMs > 0 && atMs <= nowMs)
  return times.length === 0 ? null : Math.max(...times)
}

/** When a file's text was written; whose it is and who may read it is another matter. Null: it is not there, or nobody can tell. */
export async function textMs(path: string, nowMs: number): Promise<number | null> {
  const writtenMs = (await stat(path).catch(() => null))?.mtimeMs ?? 0
  return writtenMs > 0 && writtenMs <= nowMs ? writtenMs : null
}

function datesOf(path: string): Promise<number[]> {
  return stat(path).then(
    ({ mtimeMs, ctimeMs }) => [mtimeMs, ctimeMs],
    () => [],
  )
}
