import { readStat } from '../adapters/process/proc.ts'
import type { InstallStep } from '../domain/install/step.ts'
import { messageOf, OperationalError } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { UnitManager } from '../ports/unit-manager.ts'
import { apiClient } from './api-client.ts'
import { type ApplyContext, must, type StepOutcome } from './run-install-apply.ts'

/** Its own deadlines are shorter: 30 s for running work unless configured otherwise, and the endings after that. */
const patienceMs = 300_000
const lookEveryMs = 100
const progressEveryMs = 5_000

/**
 * Stops the daemon, with its workers or without. Which of both is said to the daemon itself: systemd ends the daemon alone
 * (KillMode=process), and what that does with its workers is by its configuration. systemd is told as soon as it has ended, before
 * it would start it again.
 */
export async function stopDaemon(
  { unit, pid: ownPid, workers }: Extract<InstallStep, { kind: 'stop_daemon' }>,
  manager: UnitManager | null,
  context: ApplyContext,
): Promise<StepOutcome> {
  const pid = manager === null ? ownPid : await manager.mainPid(unit)
  const problem = pid === null ? null : await askToEnd(pid, workers, context)
  if (manager === null) return problem === null ? {} : { problem: `the daemon was not stopped: ${problem}` }
  must(await manager.stop([unit], patienceMs), `${unit} cannot be stopped`, 'install.systemd')
  if (problem === null) return {}
  const unasked = `the daemon could not be asked what becomes of its workers (${problem}), and was stopped by systemd`
  // What is left of them is ended next.
  if (workers === 'stop') return { more: unasked }
  return {
    problem: `${unasked}: where its configuration does not say shutdown.workers = "leave", its workers have ended with it`,
  }
}

/** Null when it has ended as asked, else why not. */
async function askToEnd(
  pid: number,
  workers: 'stop' | 'leave',
  { origin, tale }: ApplyContext,
): Promise<string | null> {
  const seen = readStat(pid)
  try {
    const client = await apiClient(origin)
    const { daemon } = await client.call('health', {})
    if (daemon !== undefined && daemon.pid !== pid)
      return `the configuration leads to the daemon of pid ${daemon.pid}, and not to pid ${pid}`
    await client.call('shutdown', { workers })
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error
    return messageOf(error)
  }
  await untilGone(pid, seen?.startTime, origin.clock, (text) => tale.progress(text))
  return null
}

async function untilGone(
  pid: number,
  startTime: number | undefined,
  clock: Clock,
  tell: (text: string) => void,
): Promise<void> {
  const beganMs = clock.monotonicMs()
  let toldMs = beganMs
  while (clock.monotonicMs() - beganMs < patienceMs) {
    const now = readStat(pid)
    if (now === undefined || now.startTime !== startTime || now.zombie) return
    if (clock.monotonicMs() - toldMs >= progressEveryMs) {
      toldMs = clock.monotonicMs()
      tell(`waiting for running work to finish (${Math.round((toldMs - beganMs) / 1000)} s)`)
    }
    await clock.sleep(lookEveryMs)
  }
}
