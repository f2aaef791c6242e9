import { execFile, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { jrctlPath, type Place } from '../support/jrctl.ts'

const run = promisify(execFile)

/** On a busy machine a daemon takes seconds to come back; nothing else takes that long. */
const waitMs = 20_000
/** Each look is a program of its own, on a machine where others are to draw what is looked at. */
const lookEveryMs = 25

export const haveTmux = spawnSync('tmux', ['-V']).status === 0

/** Of the shell, when it waits; what follows the last letter is not told. */
export const prompt = /^shell>$/m

/** A real terminal with a shell in it, of a size of its own, in a tmux server that nobody else uses. */
export interface Terminal {
  /** What an operator sees now. */
  screen(): Promise<string>
  /** Waits until it shows that, and answers the screen; fails after a while with what it shows instead. */
  shows(text: string | RegExp): Promise<string>
  /** Keys by tmux's names: `j`, `Enter`, `C-c`. */
  press(...keys: string[]): Promise<void>
  /** Types a command line of jrctl. */
  jrctl(line: string): Promise<void>
  resize(columns: number, rows: number): Promise<void>
  /** The shell, and what it runs. */
  pids(): Promise<number[]>
  close(): Promise<void>
}

export async function openTerminal(place: Place, columns = 80, rows = 24): Promise<Terminal> {
  const server = `top-${randomUUID().slice(0, 8)}`
  const env = { ...place.env, TERM: 'xterm-256color', TMUX_TMPDIR: place.dir }
  const tmux = async (...args: string[]) =>
    (await run('tmux', ['-L', server, '-f', '/dev/null', ...args], { env, cwd: place.dir })).stdout
  const size = ['-x', String(columns), '-y', String(rows)]
  await tmux('new-session', '-d', '-s', 'top', ...size, 'sh')
  const screen = () => tmux('capture-pane', '-p', '-t', 'top')
  const press = async (...keys: string[]) => void (await tmux('send-keys', '-t', 'top', ...keys))
  // A prompt that no shell has of itself; typed, because not every sh takes it from the environment.
  await press("PS1='shell> '; clear", 'Enter')
  await waitFor(screen, prompt)
  return {
    screen,
    press,
    shows: (text) => waitFor(screen, text),
    jrctl: (line) => press(`'${jrctlPath}' ${line}`, 'Enter'),
    resize: async (x, y) => void (await tmux('resize-window', '-t', 'top', '-x', String(x), '-y', String(y))),
    async pids() {
      const shell = (await tmux('display-message', '-p', '-t', 'top', '#{pane_pid}')).trim()
      const children = await readFile(`/proc/${shell}/task/${shell}/children`, 'utf8')
      return [shell, ...children.trim().split(' ')].filter((pid) => pid !== '').map(Number)
    },
    close: async () => void (await tmux('kill-server').catch(() => {})),
  }
}

async function waitFor(screen: () => Promise<string>, text: string | RegExp): Promise<string> {
  const deadline = Date.now() + waitMs
  for (;;) {
    const seen = await screen()
    if (typeof text === 'string' ? seen.includes(text) : text.test(seen)) return seen
    if (Date.now() > deadline) throw new Error(`the terminal does not show ${String(text)}, but:\n${seen}`)
    await sleep(lookEveryMs)
  }
}
