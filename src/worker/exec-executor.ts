import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { runAttempt } from './attempt.ts'
import type { AttemptDeps } from './attempt.ts'
import type { Executor } from './executor.ts'
import { makeTempDir } from './temp-dir.ts'

export interface ExecExecutorOptions extends Omit<AttemptDeps, 'tempDir'> {
  slots: number
  /** This process, after which the folder for results is named. */
  pid: number
}

/** A process for each task. */
export function createExecExecutor(options: ExecExecutorOptions): Executor {
  let deps: AttemptDeps = { ...options, tempDir: '' }
  return {
    async start() {
      deps = { ...options, tempDir: await makeTempDir(options.env['TMPDIR'] ?? tmpdir(), options.pid) }
    },
    capacity: () => options.slots,
    begin: (claimed, attemptKey) => runAttempt(claimed, attemptKey, deps),
    // Each attempt ends its own process.
    end: async () => {},
    close: () => rm(deps.tempDir, { recursive: true, force: true }).catch(() => {}),
  }
}
