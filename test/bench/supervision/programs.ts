import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** What every contender gets: nothing of the bench's own. */
export const plainEnvironment = (home: string): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: home,
  NO_COLOR: '1',
})

/** Whether the machine has such a program. */
export const isInstalled = (program: string): boolean =>
  spawnSync('sh', ['-c', 'command -v "$0"', program], { stdio: 'ignore' }).status === 0

/** A supervisor that runs in the foreground, its output in a file. */
export interface Foreground {
  pid: number
  exited: Promise<unknown>
  /** Settles when its output says so. */
  said(pattern: RegExp, timeoutMs: number): Promise<void>
}

export async function startForeground(
  argv: readonly [string, ...string[]],
  at: { cwd: string; env: Record<string, string>; log: string },
): Promise<Foreground> {
  const [file, ...args] = argv
  const log = openSync(at.log, 'a')
  const child: ChildProcess = spawn(file, args, { cwd: at.cwd, env: at.env, stdio: ['ignore', log, log] })
  closeSync(log)
  const exited = once(child, 'exit')
  await once(child, 'spawn')
  return {
    pid: child.pid ?? 0,
    exited,
    said: (pattern, timeoutMs) =>
      until(`${argv.join(' ')} says ${pattern}`, () => pattern.test(readFileSync(at.log, 'utf8')), timeoutMs),
  }
}

/** Runs a command to its end; throws with what it said when it fails. */
export async function runCommand(
  argv: readonly [string, ...string[]],
  at: { cwd: string; env: Record<string, string> },
): Promise<void> {
  const [file, ...args] = argv
  const child = spawn(file, args, { ...at, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (said += String(bytes)))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}:\n${said.slice(-2_000)}`)
}

const lookMs = 2

/** Looks until it holds. Of what nobody announces. */
export async function until(what: string, holds: () => boolean, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms`)
    await sleep(lookMs)
  }
}
