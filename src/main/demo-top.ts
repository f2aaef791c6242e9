import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { UserError } from '../errors.ts'
import { selfPaths } from './self.ts'

/** `jrctl top` in the terminal of a demo that goes on behind it. */
export interface DemoTop {
  /** From now on the terminal is top's. */
  show(): void
  /** Says something where it can be read: at once, or when the terminal is given back. */
  say(print: () => void): void
  /** Settles when the operator has left top, with what that is called; never, when it was not shown, or was ended by `close`. */
  readonly ended: Promise<string>
  /** Ends top, if it is still there, and waits until the terminal is given back. */
  close(): Promise<void>
}

export interface DemoTopPlace {
  configPath: string
  stateDir: string
  env: NodeJS.ProcessEnv
}

/** Throws UserError where there is no terminal to show it on. */
export function requireTerminal({ stdin, stdout, stderr, env }: NodeJS.Process): void {
  const isThere = stdin.isTTY && stdout.isTTY && stderr.isTTY && env['TERM'] !== 'dumb'
  if (isThere) return
  throw new UserError('--top shows the fleet live, on a terminal, and this is none', {
    hint: 'Leave --top out here, and run `jrctl top` in a terminal.',
  })
}

/** Not shown yet. */
export function createDemoTop({ configPath, stateDir, env }: DemoTopPlace): DemoTop {
  const ended = Promise.withResolvers<string>()
  let child: ChildProcess | undefined
  let held: (() => void)[] = []
  let isClosing = false
  const over = (by: string) => {
    child = undefined
    for (const print of held.splice(0)) print()
    if (!isClosing) ended.resolve(by)
  }
  return {
    ended: ended.promise,
    show() {
      // A process of its own: what it takes, drawing and keys, the daemon is spared.
      child = spawn(selfPaths().path, ['top', '--config', configPath], {
        stdio: 'inherit',
        env: { ...env, JRCTL_STATE_DIR: stateDir },
      })
      child.once('exit', () => over('the end of top'))
      child.once('error', (error) => over(`top, which could not be started: ${error.message}`))
    },
    say(print) {
      if (child === undefined) print()
      else held = [...held, print]
    },
    async close() {
      if (child === undefined) return
      isClosing = true
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
    },
  }
}
