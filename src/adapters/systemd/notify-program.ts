import { spawn } from 'node:child_process'
import { subjectOf } from './notify-message.ts'

/** How long the program may take; then this news is lost. */
const timeoutMs = 5_000

/**
 * The way around: `systemd-notify`, which is wherever systemd is. A process for each message, so messages that arrive
 * while one is under way are put together. It sends in its own name, unless it may send in ours (root): a unit that has to go
 * this way needs NotifyAccess=all.
 */
export function createNotifyProgram(
  socket: string,
  ownPid: number,
  spawnProgram: typeof spawn = spawn,
): { send(assignments: readonly string[]): void } {
  let waiting = new Map<string, string>()
  let isBusy = false

  function next(): void {
    if (isBusy || waiting.size === 0) return
    const assignments = [...waiting.values()]
    waiting = new Map()
    isBusy = true
    const child = spawnProgram('systemd-notify', [`--pid=${ownPid}`, '--no-block', ...assignments], {
      env: { PATH: process.env['PATH'], NOTIFY_SOCKET: socket },
      stdio: 'ignore',
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    })
    // Not there, not allowed, refused: nothing can be done about any of them.
    child.on('error', () => {})
    child.once('close', () => {
      isBusy = false
      next()
    })
    child.unref()
  }

  return {
    send(assignments) {
      for (const assignment of assignments) waiting.set(subjectOf(assignment), assignment)
      next()
    },
  }
}
