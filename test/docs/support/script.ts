import { spawn } from 'node:child_process'
import type { Place } from '../../support/jrctl.ts'

/** No example takes longer; one that hangs fails with what it said. */
const scriptMs = 60_000
/** After a signal that asks it to end. */
const endMs = 15_000

export interface Script {
  /** All that it said by now, both streams as they came. */
  said(): string
  /** Waits until it has said that. Rejects when it ends or is over time before, with what it said. */
  until(text: string): Promise<void>
  /** Its exit code, once it and all that it left in the background are gone. */
  end(signal?: NodeJS.Signals): Promise<number | null>
}

/** Starts a script of /bin/sh in a folder, in a process group of its own. */
export function startScript(text: string, place: Place, cwd: string): Script {
  const child = spawn('/bin/sh', ['-e', '-c', text], { cwd, env: place.env, detached: true })
  let said = ''
  const listeners = new Set<() => void>()
  const look = () => {
    for (const listener of listeners) listener()
  }
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (more: string) => {
      said += more
      look()
    })
  child.stdin.on('error', () => {}).end()
  let ended = false
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('exit', (code) => {
      ended = true
      look()
      resolve(code)
    })
  })
  const signalAll = (signal: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal)
    } catch {
      // Nobody is left in the group.
    }
  }
  const withinMs = async <T>(ms: number, promise: Promise<T>): Promise<T> => {
    const timer = setTimeout(() => signalAll('SIGKILL'), ms)
    try {
      return await promise
    } finally {
      clearTimeout(timer)
    }
  }
  return {
    said: () => said,
    until: (wanted) =>
      withinMs(
        scriptMs,
        new Promise<void>((resolve, reject) => {
          const listener = () => {
            if (said.includes(wanted)) resolve()
            else if (ended) reject(new Error(`it ended without saying ${JSON.stringify(wanted)}:\n${said}`))
            else return
            listeners.delete(listener)
          }
          listeners.add(listener)
          listener()
        }),
      ),
    async end(signal) {
      if (signal !== undefined) signalAll(signal)
      const code = await withinMs(signal === undefined ? scriptMs : endMs, exited)
      signalAll('SIGKILL')
      return code
    },
  }
}
