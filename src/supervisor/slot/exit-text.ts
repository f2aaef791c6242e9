import type { ProcessExit } from '../../ports/process-host.ts'

/** How a process ended, in plain words: `exited with code 3`, `was killed: over its memory limit of 2G`. */
export function exitText(exit: ProcessExit): string {
  if (exit.cause !== undefined) return `was killed: ${exit.cause}`
  if (exit.signal !== null) return `was killed by ${exit.signal}`
  if (exit.code !== null) return exit.code === 0 ? 'exited cleanly' : `exited with code ${exit.code}`
  return 'ended, nobody knows how'
}

/** Rounded as a person would say it: `4.8 s`, `5 min`. */
export function waitText(delayMs: number): string {
  if (delayMs < 60_000) return `${Number((delayMs / 1000).toFixed(delayMs < 9_950 ? 1 : 0))} s`
  return `${Number((delayMs / 60_000).toFixed(1))} min`
}
