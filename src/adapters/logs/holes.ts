import { spawn } from 'node:child_process'
import type { FileHandle } from 'node:fs/promises'
import { OperationalError, messageOf } from '../../errors.ts'
import { type KernelCalls, loadKernelCalls } from './kernel-calls.ts'

/**
 * Frees the front of a file that another process appends to, by fallocate(2). The kernel does it under the lock that an
 * append takes, so no write falls between; what lies behind keeps its offset, so the writer notices nothing.
 */
export interface Holes {
  /** Frees the bytes from `from` to `end`; they read as zeros. Throws OperationalError `logs.no_holes`. */
  punch(file: FileHandle, from: number, end: number): Promise<void>
  /** Takes the first `bytes` (whole blocks) out of a file; false where the file system cannot. */
  collapse(file: FileHandle, bytes: number): Promise<boolean>
}

/**
 * By the program of util-linux first: it waits for the disk in a process of its own, where a call of ours would stop the
 * event loop; by Node's experimental foreign functions where a bare machine has no such program.
 */
export function createHoles(tools: readonly string[] = usualTools): Holes {
  return {
    async punch(file, from, end) {
      if (end <= from) return
      const range = ['-p', '-o', String(from), '-l', String(end - from)]
      const outcome = await free(file, range, (call, fd) => call.punch(fd, from, end - from))
      if (outcome !== null) throw noHoles(outcome)
    },
    async collapse(file, bytes) {
      const range = ['-c', '-o', '0', '-l', String(bytes)]
      return (await free(file, range, (call, fd) => call.collapse(fd, 0, bytes))) === null
    },
  }

  /** Null when it is done, else why not. */
  async function free(
    file: FileHandle,
    args: readonly string[],
    byCall: (call: KernelCalls, fd: number) => Promise<string | null>,
  ): Promise<string | null> {
    for (const tool of tools) {
      const outcome = await runTool(tool, args, file.fd)
      if (outcome.kind === 'done') return null
      if (outcome.kind === 'refused') return outcome.reason
    }
    const call = loadKernelCalls()
    if (call === null) return 'neither the program fallocate nor foreign function calls are there'
    // What is not on disk yet would be written while the event loop waits for the call.
    await file.datasync()
    return await byCall(call, file.fd)
  }
}

const usualTools = ['/usr/bin/fallocate', '/bin/fallocate']

/** Waiting for a disk may take long; for ever it must not. */
const toolTimeoutMs = 120_000

type ToolOutcome = { kind: 'done' } | { kind: 'refused'; reason: string } | { kind: 'unfit' }

/** The file is handed over open, so that nothing planted in its place meanwhile is touched. */
function runTool(tool: string, args: readonly string[], fd: number): Promise<ToolOutcome> {
  return new Promise((resolve) => {
    const child = spawn(tool, [...args, '/proc/self/fd/3'], {
      stdio: ['ignore', 'ignore', 'pipe', fd],
      env: { LC_ALL: 'C' },
      timeout: toolTimeoutMs,
      killSignal: 'SIGKILL',
    })
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(0, 1000)))
    child.once('error', () => resolve({ kind: 'unfit' }))
    child.once('close', (code, signal) => {
      const reason = said.trim().replace(/^fallocate: /, '') || `fallocate ended with ${signal ?? code}`
      if (code === 0) resolve({ kind: 'done' })
      // Another program of this name (busybox's) knows other options.
      else resolve(/option|usage/i.test(said) ? { kind: 'unfit' } : { kind: 'refused', reason })
    })
  })
}

function noHoles(reason: string): OperationalError {
  return new OperationalError(`the front of a log cannot be freed: ${messageOf(reason)}`, {
    code: 'logs.no_holes',
    retryable: true,
    hint: 'set logs.dir to a folder on ext4, xfs, btrfs or tmpfs, and install util-linux (fallocate)',
  })
}
