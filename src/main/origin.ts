import type { Clock } from '../ports/clock.ts'

/** Where a command comes from: what main knows before it has read any configuration. */
export interface Origin {
  process: NodeJS.Process
  /** `--config`. */
  configPath: string | undefined
  /** `--host`. */
  host?: string | undefined
  json: boolean
  clock: Clock
}

/** A message for the person; never data. */
export function note({ process }: Origin, text: string): void {
  process.stderr.write(`${text}\n`)
}
