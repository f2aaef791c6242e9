import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { BugError } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Pipes } from '../ports/pipes.ts'
import type { OutputSink } from './command-output.ts'
import { spawnChild } from './command-streams.ts'
import type { SpawnedChild } from './command-streams.ts'
import { endTree, killTree } from './process-tree.ts'
import type { ProcessTree } from './process-tree.ts'

export interface CommandSpec {
  /** argv; never a shell line. */
  command: readonly [string, ...string[]]
  /** The whole environment; holds JRCTL_ATTEMPT_MARK = `mark`. */
  env: Record<string, string>
  mark: string
  /** All that the command reads; null leaves stdin open, to be written to while it runs. */
  stdin: string | null
  stdout: OutputSink
  stderr: OutputSink
}

export interface CommandExit {
  code: number | null
  signal: NodeJS.Signals | null
}

/** A command at work. Its processes are all gone when `ended` settles, but for what the kernel holds. */
export interface RunningCommand {
  pid: number
  stdin: Writable
  /** Whether to read no more output for now; the command is held up once its pipe is full. */
  pauseOutput(pause: boolean): void
  /** Never rejects. */
  ended: Promise<CommandExit & { treeGone: boolean }>
  /** Ends the whole tree: TERM, `graceMs`, KILL. A second call with less grace hurries. */
  end(graceMs: number): void
}

/**
 * - `missing`: there is no such program, or it may not be run: no task will fare better.
 * - `busy`: the machine cannot start a process now (no memory, no free pid); later it may.
 */
export type Spawned =
  { kind: 'started'; command: RunningCommand } | { kind: 'missing' | 'busy'; reason: string }

export type CommandHost = (spec: CommandSpec) => Promise<Spawned>

/** What stays of a tree when its command has ended gets so long to follow. */
const stragglerGraceMs = 500
/** How long output may still come from a pipe that a process out of reach keeps open. */
const drainGraceMs = 500

/** What Node gives of its own will do. */
const noPipes: Pipes = () => null

/** Real children, each leading its own session and process group, so that its whole tree can be ended. */
export function createCommandHost(clock: Clock, pipes: Pipes = noPipes): CommandHost {
  return async (spec) => {
    try {
      const spawned = spawnChild(spec, pipes)
      await once(spawned.child, 'spawn')
      return { kind: 'started', command: watch(spawned, spec, clock) }
    } catch (error) {
      // Some of the system's refusals are thrown by spawn itself, the others come as an event.
      return refusalOf(spec, error as NodeJS.ErrnoException)
    }
  }
}

function refusalOf(spec: CommandSpec, error: NodeJS.ErrnoException): Spawned {
  const program = spec.command[0]
  if (error.code === 'ENOENT') return { kind: 'missing', reason: `no program "${program}" on PATH` }
  if (error.code === 'EACCES') return { kind: 'missing', reason: `"${program}" may not be executed` }
  if (error.code === 'E2BIG') return { kind: 'missing', reason: `arguments and environment are too long` }
  if (error.code === 'ENOEXEC') return { kind: 'missing', reason: `"${program}" is no program` }
  return { kind: 'busy', reason: `"${program}" could not be started (${error.code ?? error.message})` }
}

function watch(spawned: SpawnedChild, spec: CommandSpec, clock: Clock): RunningCommand {
  const { child, stdin, stdout } = spawned
  const { pid } = child
  if (pid === undefined) throw new BugError('a child that was spawned has no pid')
  const tree: ProcessTree = { leader: pid, mark: spec.mark }
  const exited = new Promise<CommandExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
  const closed = closedOutput(spawned)
  connect(spawned, spec)
  // One ending at a time; the latest grace counts, so that a hurry is heard.
  let ending: Promise<boolean> | undefined

  const finish = async (): Promise<CommandExit & { treeGone: boolean }> => {
    const exit = await exited
    stdout.resume()
    const treeGone = await (ending ?? endTree(tree, stragglerGraceMs, clock))
    await drained(spawned, closed, clock)
    spec.stdout.end()
    spec.stderr.end()
    return { ...exit, treeGone }
  }

  return {
    pid,
    stdin,
    pauseOutput: (pause) => void (pause ? stdout.pause() : stdout.resume()),
    ended: finish(),
    end(graceMs) {
      if (graceMs > 0) ending ??= endTree(tree, graceMs, clock)
      else ending = killTree(tree, clock)
    },
  }
}

/** Output flows on its own; errors of the pipes (a command that reads no stdin) are no errors of the task. */
function connect({ child, stdin, stdout, stderr }: SpawnedChild, spec: CommandSpec): void {
  stdout.on('data', (chunk: Buffer) => spec.stdout.push(chunk))
  stderr.on('data', (chunk: Buffer) => spec.stderr.push(chunk))
  for (const stream of [child, stdin, stdout, stderr]) stream.on('error', () => {})
  if (spec.stdin !== null) stdin.end(spec.stdin)
}

async function closedOutput({ stdout, stderr }: SpawnedChild): Promise<void> {
  await Promise.all(
    [stdout, stderr].map((stream) => new Promise<void>((resolve) => void stream.once('close', resolve))),
  )
}

/** Waits for the end of the output, then for no longer than its grace lets go of the pipes. */
async function drained(
  { stdin, stdout, stderr }: SpawnedChild,
  closed: Promise<void>,
  clock: Clock,
): Promise<void> {
  const timer = clock.after(drainGraceMs, () => {
    for (const stream of [stdout, stderr, stdin]) stream.destroy()
  })
  await closed
  timer.cancel()
}
