import type { WorkerDefinition } from '../../config/policy.ts'
import { messageOf } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ProcessExit, ProcessHost } from '../../ports/process-host.ts'
import { endTree } from '../slot/end-tree.ts'
import { exitText } from '../slot/exit-text.ts'

/** A check that has not answered by then never will; its whole tree is killed. */
const deadlineMs = 10_000

export interface CommandCheckDeps {
  host: ProcessHost
  clock: Clock
}

/** What is checked, and how. */
export interface CommandCheck {
  command: readonly [string, ...string[]]
  /** Of the worker: a check runs in its folder, as its account. */
  definition: WorkerDefinition
  env: Record<string, string>
  /** The same for all checks of one process, of which there is one at a time: so the next daemon finds one that was cut off. */
  mark: string
}

/**
 * Runs a check once, as the worker that it is about: its folder, its environment, its account. Its output goes nowhere. Null
 * when it ended with 0, else why it counts as failed. Nothing of it is left when this settles. Never throws.
 */
export async function runCommandCheck(
  deps: CommandCheckDeps,
  { command, definition: { cwd, user }, env, mark }: CommandCheck,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    const as = user === undefined ? {} : { user }
    const { identity, exited } = await deps.host.spawn({
      command,
      cwd,
      env,
      logFile: '/dev/null',
      mark,
      ...as,
    })
    const exit = await firstOf(deps.clock, exited, signal)
    await endTree(deps, identity, 0, signal)
    await deps.host.forgetExit(mark)
    return verdict(command[0], exit)
  } catch (error) {
    return `its check cannot be run: ${messageOf(error)}`
  }
}

/** Ends a check that an earlier daemon was in the middle of when it died. Never throws: a check more is the worst of it. */
export async function endCutOffCheck(
  deps: CommandCheckDeps,
  mark: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    const identity = await deps.host.find(mark)
    if (identity !== null) await endTree(deps, identity, 0, signal)
    await deps.host.forgetExit(mark)
  } catch {
    // What cannot be looked for cannot be ended either.
  }
}

function verdict(name: string, exit: ProcessExit | null): string | null {
  if (exit === null) return `its check \`${name}\` did not end within ${deadlineMs / 1000} s`
  return exit.code === 0 ? null : `its check \`${name}\` ${exitText(exit)}`
}

/** The exit, or null when the deadline or the signal came first. */
async function firstOf(
  clock: Clock,
  exited: Promise<ProcessExit>,
  signal: AbortSignal,
): Promise<ProcessExit | null> {
  const known = new AbortController()
  const over = clock.sleep(deadlineMs, AbortSignal.any([signal, known.signal])).then(
    () => null,
    () => null,
  )
  const exit = await Promise.race([exited, over])
  known.abort()
  return exit
}
