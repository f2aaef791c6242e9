import type { ShutdownPolicy } from '../../config/policy.ts'
import type { WorkerView } from '../../domain/worker.ts'
import { messageOf } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { StopReport, Supervisor } from '../../supervisor/supervisor.ts'
import { finishText, seconds, type WorkerFacts, whoText } from './shutdown-lines.ts'
import type { Told } from './shutdown-told.ts'
import { waitFor } from './shutdown-wait.ts'

/** A stop that takes so much longer than all graces together is wedged: a sick kernel, a bug. */
const beyondGracesMs = 15_000
/** After everything was killed: a kill that has had no effect by then has none. */
const killedMs = 12_000
/** Before that nobody has been waited for: most are only just being asked to end. */
const firstReportMs = 500
/** To let go of workers that are left as they are. */
const leaveMs = 10_000

export interface WorkersEnd {
  report: StopReport
  problems: string[]
}

export interface WorkersDeps {
  supervisor: Pick<Supervisor, 'stop' | 'views'>
  facts: WorkerFacts
  clock: Clock
  told: Told
  hurry: AbortSignal
}

/** Steps 3 and 4: running work may finish, then what remains is terminated and killed; or all of it is left as it is. */
export async function endWorkers(policy: ShutdownPolicy, deps: WorkersDeps): Promise<WorkersEnd> {
  deps.told.step(3, finishText(policy))
  return policy.workers === 'leave' ? leaveWorkers(deps) : stopWorkers(policy.finishGraceMs, deps)
}

async function leaveWorkers({ supervisor, clock, told, hurry }: WorkersDeps): Promise<WorkersEnd> {
  const end = outcome(supervisor.stop('leave', () => {}))
  await waitFor(end.settled, { clock, hurry, deadlineMs: leaveMs, report: () => {} })
  told.step(4, 'Nothing is terminated')
  return endOf(end, supervisor)
}

async function stopWorkers(finishMs: number, deps: WorkersDeps): Promise<WorkersEnd> {
  const { supervisor, facts, clock, told, hurry } = deps
  const startedMs = clock.monotonicMs()
  let step: 3 | 4 = 3
  let isKilling = false

  const who = (workers: readonly WorkerView[]) => {
    const leftMs = isKilling ? Number.NEGATIVE_INFINITY : finishMs - (clock.monotonicMs() - startedMs)
    return whoText(workers, facts, leftMs)
  }
  const terminate = (text: string): void => {
    if (step === 3) told.step(4, text)
    step = 4
  }
  const killNow = (): void => {
    isKilling = true
    terminate('What remains is killed now')
    supervisor.stop('stop', () => {}).catch(() => {})
  }

  const report = (waitingFor: readonly WorkerView[]): void => {
    const waitedMs = clock.monotonicMs() - startedMs
    if (waitedMs >= firstReportMs) told.waiting(step, `Waiting for ${seconds(waitedMs)}: ${who(waitingFor)}`)
  }
  const end = outcome(supervisor.stop('stop', report, finishMs))
  const finishOver = clock.after(finishMs, () => {
    const rest = living(supervisor)
    if (rest.length > 0) terminate(`What remains is terminated, then killed: ${who(rest)}`)
  })
  hurry.addEventListener('abort', killNow, { once: true })
  if (hurry.aborted) killNow()

  const patient = { clock, hurry: new AbortController().signal, report: () => {} }
  const graceMs = Math.max(0, ...supervisor.views().map(({ name }) => facts.stopGraceMsOf(name)))
  const allowedMs = finishMs + graceMs + beyondGracesMs
  if (!(await waitFor(end.settled, { ...patient, deadlineMs: allowedMs }))) {
    told.wrong(`The workers' end is not over after ${seconds(allowedMs)}`)
    killNow()
    await waitFor(end.settled, { ...patient, deadlineMs: killedMs })
  }
  finishOver.cancel()
  hurry.removeEventListener('abort', killNow)
  terminate('Nothing remains to be terminated')
  return endOf(end, supervisor)
}

/** What comes of a stop, to be looked at whether or not it has come. */
interface Outcome {
  settled: Promise<void>
  report: StopReport | null
  problem: string
}

function outcome(stopping: Promise<StopReport>): Outcome {
  const end: Outcome = {
    settled: Promise.resolve(),
    report: null,
    problem: 'the workers did not come to an end',
  }
  end.settled = stopping.then(
    (report) => void (end.report = report),
    (error: unknown) => void (end.problem = messageOf(error)),
  )
  return end
}

/** Where a stop has failed, or never came back, what still lives is left to the next daemon. */
function endOf({ report, problem }: Outcome, supervisor: Pick<Supervisor, 'views'>): WorkersEnd {
  if (report !== null) return { report, problems: [] }
  const rest = living(supervisor)
  const pids = rest.map(({ name, pid }) => `${name} (pid ${pid})`).join(', ')
  return {
    report: { endedThemselves: [], forced: [], left: rest.map(({ name }) => name) },
    problems: [`step 4: ${problem}${pids === '' ? '' : `; still there: ${pids}`}`],
  }
}

function living(supervisor: Pick<Supervisor, 'views'>): WorkerView[] {
  return supervisor.views().filter(({ pid }) => pid !== null)
}
