import { endOldProcesses } from '../adapters/install/old-processes.ts'
import type { InstallStep } from '../domain/install/step.ts'
import { OperationalError } from '../errors.ts'
import type { Origin } from './origin.ts'
import { processAccess } from './run-install-access.ts'
import type { StepOutcome } from './run-install-apply.ts'
import { seeOldProcesses } from './run-install-see.ts'

/** Between asking old workers to end and ending them: they may be in the middle of a task. */
const graceMs = 30_000
/** Whoever keeps them running (a loop in a shell, another supervisor) has started them again by then. */
const settleMs = 2_000

/**
 * Ends workers that were started by hand, and looks whether they stay away: nothing is started beside an old fleet.
 * @throws OperationalError `install.old_fleet`
 */
export async function endOldFleet(
  { processes, texts, ours }: Extract<InstallStep, { kind: 'end_processes' }>,
  origin: Origin,
): Promise<StepOutcome> {
  const { clock } = origin
  const { forced, left } = await endOldProcesses(processes, processAccess(), { graceMs, clock })
  if (left.length > 0)
    throw stillThere(
      `old workers are still there, killed as they were: pid ${pidsOf(left)}`,
      'They hang in the kernel (a dead network disk?); run this again when they are gone.',
    )
  await clock.sleep(settleMs)
  const back = seeOldProcesses(texts, ours, origin)
  if (back.length > 0)
    throw stillThere(
      `old workers came back as soon as they had ended: pid ${pidsOf(back)}`,
      'Somebody starts them again: a shell with a loop, cron, another supervisor. Stop that first (ps -ef --forest shows who), then run this again.',
    )
  return forced.length === 0 ? {} : { more: `${forced.length} had to be killed` }
}

function pidsOf(processes: readonly { pid: number }[]): string {
  return processes.map(({ pid }) => pid).join(', ')
}

function stillThere(message: string, hint: string): OperationalError {
  return new OperationalError(message, {
    code: 'install.old_fleet',
    retryable: true,
    hint: `${hint} Nothing was started, so that no two fleets run.`,
  })
}
