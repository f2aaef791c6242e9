import type { ExitCode } from '../errors.ts'
import { note, type Origin } from './origin.ts'
import { printSummary } from './print-summary.ts'
import { runDaemon } from './run-daemon.ts'
import { version } from './version.ts'

/** `jrctl daemon` */
export function runDaemonCommand(
  options: { untilIdle: boolean; takeOver: boolean; stateDir: string | undefined },
  origin: Origin,
): Promise<ExitCode> {
  return runDaemon(
    {
      configPath: origin.configPath,
      stateDir: options.stateDir,
      untilIdle: options.untilIdle,
      takeOver: options.takeOver,
      console: options.untilIdle,
      started: () =>
        note(origin, `jrctl ${version} runs, pid ${origin.process.pid}; see it with: jrctl status`),
      finished: (summary) => printSummary(summary, origin),
      note: (text) => note(origin, text),
    },
    origin.process,
  )
}
