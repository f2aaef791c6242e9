import { constants } from 'node:os'
import type { ProcessExit } from '../../ports/process-host.ts'

/** What the shim holds open while it lives: the writing end of a pipe, whose end of file tells that it is gone. */
export const lifelineFd = 9

/** The exit code when the command could not be given what it was to have; the shell's reason is in its log. */
const refusedCode = 125

/**
 * The program between us and a worker: /bin/sh (0.2 MB, 3 ms) that waits for the worker and writes down how it ended, so that a
 * later daemon learns what nobody waited for. `$0` is the exit file, `$@` the command with an absolute path (so never a
 * builtin of the shell); no variable of ours, for it might be one of the worker's. Only builtins: a bare machine has no mv.
 *
 * - The command runs in the foreground under `trap :`. Without a trap the shell would die of a signal to the group and
 *   the status be lost; `trap ''` would make the worker ignore it, `&` would make it ignore INT. In brackets with exec, so that
 *   the redirections are the child's alone; no process more.
 * - A here-document is a pipe in dash; its writing end is opened again through /proc. Where a shell keeps it in a file,
 *   the reader finds no pipe and polls.
 * - The dye (dye.ts) comes before the fork, so that nothing of the tree is ever without it.
 * - The shim itself stays out of the worker's cgroup and account: it outlives both, to tell how they ended.
 * - The shell's own remarks ("Terminated") do not belong into the worker's log.
 * - One short write with a newline at the end: who reads a whole line has read all of it, no rename needed.
 */
const script = (dyeKib: number, steps: readonly string[]): string => `
trap : HUP INT QUIT TERM USR1 USR2 ALRM
command exec 8<<X
x
X
command exec ${lifelineFd}>/proc/self/fd/8
command exec 8<&- 7>&2 2>/dev/null
command ulimit -m ${dyeKib}
(${steps.map((step) => `{ ${step}; } 2>&7 || exit ${refusedCode};`).join(' ')} exec "$@" 2>&7 7>&- ${lifelineFd}>&-)
set -- "$?"
umask 077
printf '%s\\n' "$1" >"$0"
exit "$1"`

/** What a shell adds to an environment that does not have it; taken out again. */
const shellVariables = ['PWD', 'OLDPWD', 'SHLVL']

export interface ShimOrder {
  exitFile: string
  dyeKib: number
  /** With an absolute program. */
  command: readonly string[]
  env: Readonly<Record<string, string>>
  /** The `cgroup.procs` that the command is to enter; null: none. */
  cgroupProcs?: string | null
  openFiles?: number | null
}

/** The argv of the shim for a command. */
export function shimCommand(order: ShimOrder): [string, ...string[]] {
  const added = shellVariables.filter((name) => !(name in order.env))
  const clean = added.length === 0 ? '' : `unset ${added.join(' ')}`
  return ['/bin/sh', '-c', clean + script(order.dyeKib, stepsOf(order)), order.exitFile, ...order.command]
}

/** What the child does between fork and exec. */
function stepsOf({ cgroupProcs, openFiles }: ShimOrder): string[] {
  return [
    ...(cgroupProcs == null ? [] : [`echo 0 >${quoted(cgroupProcs)}`]),
    ...(openFiles == null ? [] : [`ulimit -n ${openFiles}`]),
  ]
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}

/**
 * What a status of the shell says of the command. A shell tells "killed by signal n" and "exited with 128 + n" alike; the
 * former is by far the more common.
 */
export function exitOfStatus(status: number, source: ProcessExit['source']): ProcessExit {
  const signal = status > 128 ? signalNames.get(status - 128) : undefined
  return signal === undefined ? { code: status, signal: null, source } : { code: null, signal, source }
}

/** The content of an exit file; unknown when the write never came or never ended. */
export function exitOfFile(text: string): ProcessExit {
  const match = /^(\d{1,3})\n$/.exec(text)
  return match === null ? unknownExit : exitOfStatus(Number(match[1]), 'file')
}

export const unknownExit: ProcessExit = { code: null, signal: null, source: 'unknown' }

const signalNames = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name as NodeJS.Signals]),
)
