import { spawn } from 'node:child_process'
import type { ChildProcess, ChildProcessWithoutNullStreams } from 'node:child_process'
import { closeSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import type { Pipe, Pipes } from '../ports/pipes.ts'
import type { CommandSpec } from './command-process.ts'

/** A child and our ends of what it reads and writes. */
export interface SpawnedChild {
  child: ChildProcess
  stdin: Writable
  stdout: Readable
  stderr: Readable
}

/**
 * Starts the command with pipes, so that it may open `/dev/stdin`, `/dev/stdout` and `/dev/stderr` as files; with the sockets
 * that Node has for them where no pipes are to be had. Throws, or the child tells by `error`, what the system refuses.
 */
export function spawnChild({ command: [file, ...args], env }: CommandSpec, pipes: Pipes): SpawnedChild {
  const options = { env, detached: true, shell: false } as const
  const made = threePipes(pipes)
  if (made === null) return ownStreams(spawn(file, args, { ...options, stdio: 'pipe' }))
  const [stdin, stdout, stderr] = made
  const theirs = [stdin.readFd, stdout.writeFd, stderr.writeFd]
  const ours = [stdin.writeFd, stdout.readFd, stderr.readFd]
  let child: ChildProcess
  try {
    child = spawn(file, args, { ...options, stdio: theirs })
  } catch (error) {
    closeAll(ours)
    throw error
  } finally {
    // Output ends when nobody holds the end that is written to, and we are not to be among those who do.
    closeAll(theirs)
  }
  return withPipes(child, { stdin: stdin.writeFd, stdout: stdout.readFd, stderr: stderr.readFd })
}

/** All three or none. */
function threePipes(pipes: Pipes): [Pipe, Pipe, Pipe] | null {
  const made: Pipe[] = []
  for (let count = 0; count < 3; count++) {
    const pipe = pipes()
    if (pipe !== null) made.push(pipe)
  }
  const [stdin, stdout, stderr] = made
  if (stdin !== undefined && stdout !== undefined && stderr !== undefined) return [stdin, stdout, stderr]
  closeAll(made.flatMap(({ readFd, writeFd }) => [readFd, writeFd]))
  return null
}

function closeAll(fds: readonly number[]): void {
  for (const fd of fds) closeSync(fd)
}

function ownStreams(child: ChildProcessWithoutNullStreams): SpawnedChild {
  const { stdin, stdout, stderr } = child
  return { child, stdin, stdout, stderr }
}

function withPipes(
  child: ChildProcess,
  fds: { stdin: number; stdout: number; stderr: number },
): SpawnedChild {
  const stdin = new Socket({ fd: fds.stdin, readable: false, writable: true })
  const stdout = new Socket({ fd: fds.stdout, readable: true, writable: false })
  const stderr = new Socket({ fd: fds.stderr, readable: true, writable: false })
  // As Node does of its own: nobody reads it any more, and who writes must hear of it.
  child.once('exit', () => stdin.destroy())
  // A child that could not be started has no exit.
  child.once('error', () => {
    for (const stream of [stdin, stdout, stderr]) stream.destroy()
  })
  return { child, stdin, stdout, stderr }
}
