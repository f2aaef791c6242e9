import type { Clock } from '../ports/clock.ts'
import type { TerminalLife, TerminalWatcher } from '../ports/terminal-life.ts'

/**
 * A job that is stopped learns of time when it goes on; one that nobody can stop (its shell is gone, or it has none: the kernel
 * then drops SIGTSTP) goes on after this.
 */
const notStoppedMs = 500

/** Job control and last errors of this process. */
export function terminalLife(process: NodeJS.Process, clock: Clock): TerminalLife {
  const watchers = new Set<TerminalWatcher>()
  let stopping = false
  const stopAsked = () => {
    for (const watcher of watchers) watcher.stopAsked()
  }
  const continued = () => {
    if (!stopping) for (const watcher of watchers) watcher.continued()
  }
  const crashed = (error: unknown) => {
    for (const watcher of watchers) watcher.crashed(error)
  }

  return {
    async stop() {
      if (stopping) return
      stopping = true
      // Only the signal's default stops a process.
      process.off('SIGTSTP', stopAsked)
      await continuedAfter(process, clock, () => process.kill(0, 'SIGTSTP'))
      // A size that changed meanwhile was told to the shell.
      process.kill(process.pid, 'SIGWINCH')
      if (watchers.size > 0) process.on('SIGTSTP', stopAsked)
      stopping = false
    },
    watch(watcher) {
      watchers.add(watcher)
      if (watchers.size === 1)
        process.on('SIGTSTP', stopAsked).on('SIGCONT', continued).on('uncaughtException', crashed)
      return () => {
        if (!watchers.delete(watcher) || watchers.size > 0) return
        process.off('SIGTSTP', stopAsked).off('SIGCONT', continued).off('uncaughtException', crashed)
      }
    },
  }
}

function continuedAfter(process: NodeJS.Process, clock: Clock, stop: () => void): Promise<void> {
  return new Promise((resolve) => {
    const goOn = () => {
      timer.cancel()
      process.off('SIGCONT', goOn)
      resolve()
    }
    const timer = clock.after(notStoppedMs, goOn)
    process.once('SIGCONT', goOn)
    stop()
  })
}
