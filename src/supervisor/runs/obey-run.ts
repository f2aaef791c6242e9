import type { JrName } from '../../domain/ids.ts'
import { pausedReason } from '../../domain/worker.ts'
import { BugError } from '../../errors.ts'
import type { WorkerCommand } from '../supervisor.ts'
import type { ScheduledWorker } from './scheduled-worker.ts'

const operator = 'an operator'

export interface RunControls {
  nowMs(): number
  /** Answers why there is no run now, or null. */
  runNow(worker: ScheduledWorker, by: string): string | null
  /** The next time to wake up at may be another one. */
  rescheduled(): void
}

/** Does what an operator asks of a scheduled worker. Answers why not, or null when it is done. */
export async function obeyRun(
  worker: ScheduledWorker,
  command: WorkerCommand,
  controls: RunControls,
): Promise<string | null> {
  if ('instance' in command && command.instance !== undefined)
    return `${worker.name} runs by schedule; its runs have no numbers to be named by`
  switch (command.kind) {
    case 'start':
      return await start(worker, controls)
    case 'restart':
      if (worker.paused) return heldReason(worker.name)
      await stop(worker)
      return await start(worker, controls)
    case 'stop':
      await stop(worker)
      controls.rescheduled()
      return null
    case 'pause':
      if (!worker.paused) worker.pause(pausedReason)
      controls.rescheduled()
      return null
    case 'resume':
      if (!worker.paused) return `${worker.name} is not paused`
      worker.resume(controls.nowMs())
      controls.rescheduled()
      return null
    case 'scale':
      return `${worker.name} runs by schedule; how many of its runs may be on at once is max_concurrent in the configuration`
    default:
      throw new BugError(`no such command: ${JSON.stringify(command satisfies never)}`)
  }
}

/** Settles when it has started, or waits for its turn. */
async function start(worker: ScheduledWorker, controls: RunControls): Promise<string | null> {
  const before = new Set(worker.work)
  const why = controls.runNow(worker, operator)
  if (why !== null) return why
  await Promise.all(
    [...worker.work].filter((work) => !before.has(work)).map(({ execution }) => execution.started),
  )
  return null
}

/** Ends what is at work and what waits; its schedule goes on. Settles when nothing is left. */
async function stop(worker: ScheduledWorker): Promise<void> {
  worker.dropAll('stopped by an operator')
  const present = [...worker.work]
  for (const { execution } of present) execution.end('stopped', 'was stopped by an operator')
  await Promise.all(present.map(({ over }) => over))
}

export function heldReason(name: JrName): string {
  return `${name} is paused; resume it first: jrctl workers resume "${name}"`
}
