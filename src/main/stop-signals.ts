import type { StopSignals } from '../worker/run-worker.ts'

/** The signals by which a terminal, a supervisor and systemd ask a program to end. */
export function stopSignals(process: NodeJS.Process): StopSignals {
  return {
    subscribe(listener) {
      process.on('SIGTERM', listener).on('SIGINT', listener)
      return () => process.off('SIGTERM', listener).off('SIGINT', listener)
    },
  }
}
