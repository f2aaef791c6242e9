import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { jrctlPath, type Place } from '../../support/jrctl.ts'
import { Screen } from './screen.ts'

export const size = { columns: 200, rows: 50 }

/** `jrctl top` in a terminal of its own, made by util-linux's `script`, which hands all bytes on as they come. */
export interface TopInPty {
  /** Of jrctl itself. */
  pid: number
  screen: Screen
  /** When it was executed, as `performance.now()`. */
  execAtMs: number
  /** When there were rows to see. */
  drawnAtMs: number
  /** Each piece that it wrote, and when that came. */
  written: { atMs: number; text: string }[]
  press(keys: string): void
  /** When the screen showed it; fails after ten seconds with what it shows instead. */
  shows(holds: (screen: Screen) => boolean): Promise<number>
  /** Presses q and waits for its end. */
  quit(): Promise<void>
}

const waitMs = 10_000
/** Said by the shell just before it becomes jrctl. */
const mark = 'now:'

export async function startTop(args: readonly string[], place: Place): Promise<TopInPty> {
  const { columns, rows } = size
  const line = `stty cols ${columns} rows ${rows}; printf ${mark}; exec "$JRCTL" top ${args.join(' ')}`
  const { NO_COLOR: _, ...own } = place.env
  const env = { ...own, TERM: 'xterm-256color', LANG: 'C.UTF-8', SHELL: '/bin/sh', JRCTL: jrctlPath }
  const child = spawn('script', ['-qefc', line, '/dev/null'], { cwd: place.dir, env, stdio: 'pipe' })
  // It would wait for ever, stopped, for a bench that has failed.
  const end = () => void child.kill('SIGKILL')
  process.once('exit', end)
  const exited = once(child, 'exit').finally(() => process.off('exit', end))
  const screen = new Screen(size)
  const written: TopInPty['written'] = []
  const waiting = new Set<(atMs: number) => void>()
  let execAtMs = Number.NaN
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const atMs = performance.now()
    if (Number.isNaN(execAtMs)) {
      execAtMs = atMs
      return
    }
    written.push({ atMs, text: chunk })
    screen.write(chunk, () => {
      for (const look of waiting) look(atMs)
    })
  })
  const shows = (holds: (screen: Screen) => boolean): Promise<number> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(look)
        reject(new Error(`jrctl top does not show it, but:\n${screen.lines().join('\n')}`))
      }, waitMs)
      const look = (atMs: number) => {
        if (!holds(screen)) return
        clearTimeout(timer)
        waiting.delete(look)
        resolve(atMs)
      }
      waiting.add(look)
      look(performance.now())
    })
  const drawnAtMs = await shows(({ markedRow }) => markedRow >= 0)
  return {
    pid: childOf(child),
    screen,
    execAtMs,
    drawnAtMs,
    written,
    press: (keys) => void child.stdin.write(keys),
    shows,
    async quit() {
      child.stdin.write('q')
      await exited
    },
  }
}

function childOf({ pid = 0 }: ChildProcess): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')[0])
}
