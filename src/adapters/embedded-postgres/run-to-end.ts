import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'

export interface Ended {
  stdout: string
  stderr: string
  /** Null: a signal ended it. */
  code: number | null
  signal: NodeJS.Signals | null
}

/** What is kept of an output; the rest is read and dropped. */
const outputCharactersMax = 1024 * 1024

/**
 * Runs a program to its end in a session of its own: a Ctrl-C in our terminal is ours to answer, not its. After `timeoutMs` it is
 * killed, and all that it started. Rejects when it cannot be started.
 */
export async function runToEnd(
  file: string,
  args: readonly string[],
  { input, timeoutMs, ...options }: SpawnOptions & { input: string | undefined; timeoutMs: number },
): Promise<Ended> {
  const child = spawn(file, args, { ...options, detached: true, stdio: 'pipe' })
  const timer = setTimeout(() => killAll(child), timeoutMs)
  child.stdin.on('error', ignoreClosedPipe)
  child.stdin.end(input)
  const outputs = [textOf(child.stdout), textOf(child.stderr)] as const
  // Waits for the outputs too; rejects with the child's error.
  const closed = once(child, 'close').finally(() => clearTimeout(timer))
  const [code, signal] = (await closed) as [number | null, NodeJS.Signals | null]
  return { stdout: outputs[0](), stderr: outputs[1](), code, signal }
}

/** With whomever it has started: they would hold its outputs open. */
function killAll({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has just ended.
  }
}

function textOf(stream: Readable): () => string {
  let text = ''
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    if (text.length < outputCharactersMax) text += chunk
  })
  return () => text
}

/** A program that ends without reading its input is judged by its exit, not by the broken pipe. */
function ignoreClosedPipe(): void {}
