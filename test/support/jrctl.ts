import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The executable under test: the built launcher, or what the variable names (a packed binary). */
export const jrctlPath =
  process.env['JRCTL_TEST_BINARY'] ?? new URL('../../bin/jrctl', import.meta.url).pathname

/** No run of a command in a test takes longer; then it is killed and the test fails with what it printed. */
const runTimeoutMs = 60_000

export interface Ran {
  code: number | null
  stdout: string
  stderr: string
}

/** A home of its own: nothing of the machine's configuration or state is seen or touched. */
export interface Place {
  dir: string
  env: Record<string, string>
  remove(): Promise<void>
}

export async function temporaryPlace(extra: Record<string, string> = {}): Promise<Place> {
  const dir = await mkdtemp(join(tmpdir(), 'jrctl-test-'))
  return {
    dir,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: dir,
      XDG_STATE_HOME: join(dir, 'state'),
      XDG_CONFIG_HOME: join(dir, 'config'),
      XDG_CACHE_HOME: process.env['XDG_CACHE_HOME'] ?? join(process.env['HOME'] ?? dir, '.cache'),
      NO_COLOR: '1',
      // Daemons of tests side by side, none of which is to be found where everybody looks.
      JRCTL_API_LISTEN: 'off',
      JRCTL_API_WORKER_SOCKET: join(dir, 'workers/w.sock'),
      ...extra,
    },
    remove: () => rm(dir, { recursive: true, force: true }),
  }
}

/** Runs a command to its end. */
export async function jrctl(place: Place, args: readonly string[], input = ''): Promise<Ran> {
  const running = start(place, args)
  running.child.stdin?.end(input)
  const timer = setTimeout(() => running.child.kill('SIGKILL'), runTimeoutMs)
  const code = await running.exited
  clearTimeout(timer)
  return { code, stdout: running.stdout(), stderr: running.stderr() }
}

export interface Running {
  child: ChildProcess
  stdout(): string
  stderr(): string
  /** Exit code; null when a signal ended it. */
  exited: Promise<number | null>
  /** Settles when the output so far matches; rejects when the process ends first, with what it printed. */
  said(pattern: RegExp): Promise<void>
}

/** Starts a command that goes on, such as a daemon. */
export function start(place: Place, args: readonly string[]): Running {
  return startProgram(place, [jrctlPath, ...args])
}

/** Starts any program in the place, such as one that becomes jrctl. */
export function startProgram(place: Place, [program, ...args]: [string, ...string[]]): Running {
  const child = spawn(program, args, { cwd: place.dir, env: place.env, stdio: ['pipe', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  let ended = false
  const waiting = new Set<() => void>()
  const look = () => {
    for (const check of waiting) check()
  }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    look()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    look()
  })
  child.stdin.on('error', () => {})
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      ended = true
      look()
      resolve(code)
    })
  })
  return {
    child,
    exited,
    stdout: () => stdout,
    stderr: () => stderr,
    said: (pattern) =>
      new Promise((resolve, reject) => {
        const check = () => {
          if (pattern.test(stdout + stderr)) resolve()
          else if (ended) reject(new Error(`it ended without saying ${pattern}:\n${stdout}${stderr}`))
          else return
          waiting.delete(check)
        }
        waiting.add(check)
        check()
      }),
  }
}
