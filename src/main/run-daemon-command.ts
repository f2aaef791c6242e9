import { stat } from 'node:fs/promises'
import { OperationalError, type ExitCode } from '../errors.ts'
import { howToStart } from './how-to-start.ts'
import { note, noQueueMadeUp, type Origin } from './origin.ts'
import { printSummary } from './print-summary.ts'
import { requireOneFleet } from './require-one-fleet.ts'
import { runDaemon } from './run-daemon.ts'
import { version } from './version.ts'

/** `jrctl daemon` */
export async function runDaemonCommand(
  options: { untilIdle: boolean; takeOver: boolean; stateDir: string | undefined },
  origin: Origin,
): Promise<ExitCode> {
  requireOneFleet(origin, options)
  try {
    return await runHere(options, origin)
  } catch (error) {
    throw (await asOfInstalled(error, origin)) ?? error
  }
}

function runHere(
  options: { untilIdle: boolean; takeOver: boolean; stateDir: string | undefined },
  origin: Origin,
): Promise<ExitCode> {
  return runDaemon(
    {
      configPath: origin.configPath,
      stateDir: options.stateDir,
      refusal: noQueueMadeUp(origin),
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

/** An installed fleet's state is its account's: with one of his own, whoever runs this had a second fleet of that configuration. */
export async function asOfInstalled(
  error: unknown,
  { installed, process }: Pick<Origin, 'installed' | 'process'>,
  start: string | null = howToStart(installed),
): Promise<OperationalError | null> {
  if (!(error instanceof OperationalError) || error.code !== 'state.forbidden') return null
  const stateDir = installed?.kind === 'joined' ? installed.places['STATE_DIRECTORY'] : undefined
  if (stateDir === undefined || start === null) return null
  const owner = (await stat(stateDir).catch(() => null))?.uid
  if (owner === undefined || owner === process.geteuid?.()) return null
  const { code, message, retryable } = error
  return new OperationalError(message, {
    code,
    retryable,
    hint: `It is the installed fleet's. ${start}`,
    cause: error,
  })
}
