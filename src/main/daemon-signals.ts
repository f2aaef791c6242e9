import type { Daemon } from '../daemon/daemon.ts'
import { exitCode } from '../errors.ts'

/** What signals mean to a daemon, from its first moment on: one that comes before it exists is obeyed as soon as it does. */
export interface DaemonSignals {
  /** Settles with the first signal that asks it to end. */
  asked: Promise<NodeJS.Signals>
  /** It exists: a second signal hurries its shutdown, SIGHUP reloads it. */
  attach(daemon: Pick<Daemon, 'stop' | 'reload'>): void
  release(): void
}

/** @param endsWithTerminal SIGHUP, which a closed terminal sends, asks it to end as well */
export function listenForSignals(process: NodeJS.Process, endsWithTerminal: boolean): DaemonSignals {
  const first = Promise.withResolvers<NodeJS.Signals>()
  let count = 0
  let daemon: Pick<Daemon, 'stop' | 'reload'> | undefined

  const onStop = (name: NodeJS.Signals): void => {
    count += 1
    if (count === 1) return first.resolve(name)
    // Who insists during the boot means it; the next start finds and mends whatever is left half-way.
    if (daemon === undefined) process.exit(exitCode.failed)
    else void daemon.stop(name)
  }
  const onHangUp = (name: NodeJS.Signals): void => {
    if (!endsWithTerminal) void daemon?.reload(name)
    // A terminal that closes hangs up more than once (the kernel, the shell): that is one wish, and no hurry.
    else if (count === 0) onStop(name)
  }
  process.on('SIGTERM', onStop).on('SIGINT', onStop).on('SIGHUP', onHangUp)
  return {
    asked: first.promise,
    attach: (booted) => {
      daemon = booted
    },
    release: () => {
      process.off('SIGTERM', onStop).off('SIGINT', onStop).off('SIGHUP', onHangUp)
    },
  }
}
