import type { ShutdownPolicy } from '../../config/policy.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { StopReport, Supervisor } from '../../supervisor/supervisor.ts'
import { endedText, seconds, type WorkerFacts } from './shutdown-lines.ts'
import { tellShutdown } from './shutdown-told.ts'
import { type Ending, endAll } from './shutdown-wait.ts'
import { endWorkers } from './shutdown-workers.ts'

/** The parts that a shutdown ends, in the order of its six steps (spec §4). Each may fail or hang; the next still runs. */
export interface ShutdownParts {
  /** [1/6] what starts new work: upkeep, watches, schedules. */
  schedules: readonly Ending[]
  /** [2/6] what judges workers. */
  health: readonly Ending[]
  /** [3/6] and [4/6]. */
  supervisor: Pick<Supervisor, 'stop' | 'views'>
  workers: WorkerFacts
  /** [5/6] What asks the LLM, then API and dashboard. */
  gateway?: Stage
  api: readonly Ending[]
  /** [6/6] projections, connections, embedded database, state: one stage after the other. */
  state(report: StopReport): readonly Stage[]
}

export interface Stage {
  endings: readonly Ending[]
  deadlineMs: number
  /** What is left of that when somebody insists, where a second is too little. */
  hurriedMs?: number
}

export interface ShutdownReport extends StopReport {
  durationMs: number
  /** What did not stop cleanly, with why. */
  problems: string[]
}

/** Beyond the bounds that the parts have of their own: who is not over by then is left behind. */
const schedulesMs = 10_000
const healthMs = 5_000
const apiMs = 5_000

export interface ShutdownDeps {
  clock: Clock
  logger: Logger
  uptimeMs: number
  /** Aborted by a second request: nothing is waited for any longer. */
  hurry: AbortSignal
  /** Told each line, for a service manager. */
  aloud: (line: string) => void
}

/** Runs the six steps, each told in the log; nothing in one of them keeps the later ones from running. */
export async function shutDown(
  parts: ShutdownParts,
  policy: ShutdownPolicy,
  deps: ShutdownDeps,
): Promise<ShutdownReport> {
  const { clock, logger, hurry } = deps
  const told = tellShutdown(logger, deps.aloud)
  const startedMs = clock.monotonicMs()
  const problems: string[] = []
  const wrong = (problem: string): void => {
    problems.push(problem)
    told.wrong(problem)
  }

  async function stage(step: number, { endings, ...bounds }: Stage): Promise<void> {
    const failed = await endAll(endings, {
      ...bounds,
      clock,
      hurry,
      report: (names, waitedMs, leftMs) =>
        told.waiting(
          step,
          `Waiting for ${seconds(waitedMs)}: ${names.join(', ')}; left behind in ${seconds(leftMs)}`,
        ),
    })
    for (const problem of failed) wrong(`step ${step}: ${problem}`)
  }

  told.step(1, 'Schedules stop')
  await stage(1, { endings: parts.schedules, deadlineMs: schedulesMs })
  told.step(2, 'Health monitoring stops')
  await stage(2, { endings: parts.health, deadlineMs: healthMs })
  const workers = await endWorkers(policy, { ...parts, facts: parts.workers, clock, told, hurry })
  for (const problem of workers.problems) wrong(problem)
  told.step(5, 'Gateway, API and dashboard stop')
  if (parts.gateway !== undefined) await stage(5, parts.gateway)
  await stage(5, { endings: parts.api, deadlineMs: apiMs })
  told.step(6, 'State is closed')
  for (const each of parts.state(workers.report)) await stage(6, each)

  const durationMs = clock.monotonicMs() - startedMs
  const tookText = `Stopped in ${(durationMs / 1000).toFixed(1)} s after ${seconds(deps.uptimeMs)} of work`
  logger.info({ durationMs, uptimeMs: deps.uptimeMs }, `${tookText}; ${endedText(workers.report)}`)
  return { ...workers.report, durationMs, problems }
}
