import { messageOf } from '../errors.ts'
import type { ShutdownPolicy } from '../config/policy.ts'
import type { WorkerView } from '../domain/worker.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { StopReport, Supervisor } from '../supervisor/supervisor.ts'

/** The parts that a shutdown ends, in the order of its six steps (spec §4). Each may fail; the next still runs. */
export interface ShutdownParts {
  /** [1/6] what starts new work: upkeep, watches. */
  stopSchedules(): Promise<void>
  /** [2/6] what judges workers. */
  stopHealthMonitoring(): Promise<void>
  /** [3/6] and [4/6]. */
  supervisor: Pick<Supervisor, 'stop'>
  /** [5/6] API and dashboard. */
  stopApi(): Promise<void>
  /** [6/6] connections, embedded database, state. */
  closeState(report: StopReport): Promise<void>
}

export interface ShutdownReport extends StopReport {
  durationMs: number
  /** Parts that did not stop cleanly, with why. */
  problems: string[]
}

const nobody: StopReport = { endedThemselves: [], forced: [], left: [] }

/** Runs the six steps, each told in the log; nothing in one of them keeps the later ones from running. */
export async function shutDown(
  parts: ShutdownParts,
  policy: ShutdownPolicy,
  deps: { clock: Clock; logger: Logger; uptimeMs: number },
): Promise<ShutdownReport> {
  const { clock, logger } = deps
  const startedMs = clock.monotonicMs()
  const problems: string[] = []
  let stopped = nobody

  async function step(number: number, message: string, action: () => Promise<void>): Promise<void> {
    logger.info({ step: number }, `[${number}/6] ${message}`)
    try {
      await action()
    } catch (error) {
      problems.push(`step ${number}: ${messageOf(error)}`)
      logger.error({ step: number }, `[${number}/6] went wrong: ${messageOf(error)}`)
    }
  }

  await step(1, 'Schedules stop', () => parts.stopSchedules())
  await step(2, 'Health monitoring stops', () => parts.stopHealthMonitoring())
  await step(3, runningWorkMessage(policy), async () => {
    stopped = await parts.supervisor.stop(
      policy.workers,
      (waitingFor) => logger.info({ step: 3 }, `[3/6] Waiting for ${waitingFor.map(nameAndPid).join(', ')}`),
      policy.finishGraceMs,
    )
  })
  await step(4, endedMessage(stopped), async () => {})
  await step(5, 'The API stops', () => parts.stopApi())
  await step(6, 'State is closed', () => parts.closeState(stopped))
  const durationMs = clock.monotonicMs() - startedMs
  logger.info(
    { durationMs, uptimeMs: deps.uptimeMs },
    `Stopped in ${(durationMs / 1000).toFixed(1)} s after ${Math.round(deps.uptimeMs / 1000)} s of work`,
  )
  return { ...stopped, durationMs, problems }
}

function runningWorkMessage(policy: ShutdownPolicy): string {
  return policy.workers === 'leave'
    ? 'Running work goes on without us (shutdown.workers = "leave")'
    : `Running work may finish (at most ${Math.round(policy.finishGraceMs / 1000)} s)`
}

function endedMessage(report: StopReport): string {
  const list = (names: readonly string[]) => (names.length === 0 ? 'none' : names.join(', '))
  if (report.left.length > 0) return `Left running: ${list(report.left)}`
  return `What remained was ended. By themselves: ${list(report.endedThemselves)}; forced: ${list(report.forced)}`
}

function nameAndPid(worker: WorkerView): string {
  return `${worker.name}${worker.pid === null ? '' : ` (pid ${worker.pid})`}`
}
