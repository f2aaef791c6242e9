import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** Every process of a run carries it, so that each is found and none outlives the run. */
export const runVariable = 'JRCTL_TEST_RUN'

export interface Program {
  child: ChildProcess
  pid: number
  /** What it printed so far, both streams. */
  printed(): string
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  /** Settles when it printed that; rejects with all it printed when it ends first. */
  said(pattern: RegExp): Promise<void>
}

/** Starts a program that writes to a file of its own: a pipe would tie its life to ours. */
export async function startProgram(
  argv: readonly [string, ...string[]],
  at: { cwd: string; env: Record<string, string>; log: string },
): Promise<Program> {
  const [file, ...args] = argv
  const log = openSync(at.log, 'a', 0o600)
  const child = spawn(file, args, { cwd: at.cwd, env: at.env, stdio: ['ignore', log, log] })
  closeSync(log)
  const exited = new Promise<Awaited<Program['exited']>>((resolve) => {
    child.once('exit', (code, by) => resolve({ code, signal: by }))
  })
  await once(child, 'spawn')
  const printed = (): string => readFileSync(at.log, 'utf8')
  let ended = false
  void exited.then(() => (ended = true))
  return {
    child,
    pid: child.pid ?? 0,
    printed,
    exited,
    async said(pattern) {
      while (!pattern.test(printed())) {
        if (ended) throw new Error(`${argv.join(' ')} ended without saying ${pattern}:\n${printed()}`)
        await pause(20)
      }
    },
  }
}

/** Between two looks at an outside fact that nobody announces: /proc, a table, a file. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

/** Looks until it holds; throws with what was seen last when it does not in time. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T>,
  holds: (seen: T) => boolean,
  withinMs: number,
): Promise<T> {
  const deadline = performance.now() + withinMs
  for (;;) {
    const seen = await look()
    if (holds(seen)) return seen
    if (performance.now() > deadline)
      throw new Error(`${what}: not within ${withinMs} ms; last seen: ${JSON.stringify(seen)}`)
    await pause(50)
  }
}

/** Ends the run's processes and removes its folder as soon as this process is gone, or `end` is called. */
export async function startGuardian(run: string, folder: string): Promise<{ end(): Promise<void> }> {
  const script = fileURLToPath(new URL('guardian.sh', import.meta.url))
  const child = spawn('sh', [script, run, folder], { stdio: ['pipe', 'ignore', 'inherit'], detached: true })
  await once(child, 'spawn')
  child.unref()
  return {
    async end() {
      const exited = once(child, 'exit')
      child.ref()
      child.stdin.end()
      await exited
    },
  }
}

/** The run's `jrctl work` processes that a daemon has started; a standalone one has no JRCTL_SOCKET. */
export async function supervisedWorkers(run: string, stateDir: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async (pid) => {
      try {
        const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0')
        if (!command.includes('work') || !command.some((word) => word.endsWith('main.js'))) return null
        const environment = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0')
        const ours = environment.includes(`${runVariable}=${run}`)
        return ours && environment.includes(`JRCTL_STATE_DIR=${stateDir}`) ? Number(pid) : null
      } catch {
        return null
      }
    }),
  )
  return found.filter((pid) => pid !== null)
}

/** False: it was gone already. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name)
  } catch {
    return false
  }
}
