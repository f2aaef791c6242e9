import type { ExitCode } from '../errors.ts'

/** What commands do without a daemon. Main composes it; each part is loaded when it is called. */
export interface LocalServices {
  /** Runs the daemon in the foreground until it is told to stop. */
  daemon(options: { untilIdle: boolean; stateDir: string | undefined }): Promise<ExitCode>
}
