import type { Clock } from '../../ports/clock.ts'
import type { ProcessExit, ProcessHost } from '../../ports/process-host.ts'
import { endTree } from './end-tree.ts'
import type { Instance } from './instance.ts'

/** After a kill the exit is known at once; an adopted process without a lifeline is looked at every 2 s. */
const exitKnownMs = 5000

/** How long a command that was asked to end may take. */
export interface Patience {
  /** Until it is asked again, which a second signal means everywhere: finish no work any more, only end. */
  finishMs: number
  /** From then until it is killed. */
  endMs: number
}

/**
 * Asks the command to end, and it alone, so that what it runs for a task may finish; asks again when `finishMs` is over.
 * Null when all patience was over, or cut short by `hurry`, before it did.
 */
export async function askToEnd(
  { host, clock }: { host: ProcessHost; clock: Clock },
  instance: Instance,
  patience: Patience,
  hurry: AbortSignal,
): Promise<ProcessExit | null> {
  const { stopSignal } = instance.definition
  for (const waitMs of [patience.finishMs, patience.endMs]) {
    const isReached = await host.signalMain(instance.identity, stopSignal)
    if (!isReached) await host.signalTree(instance.identity, stopSignal)
    if (hurry.aborted) return null
    const exit = await exitWithin(clock, instance, waitMs, hurry)
    if (exit !== null) return exit
  }
  return null
}

/** Kills the tree; whatever resists even that is left to the caller, who clears it anyway. */
export async function kill(
  deps: { host: ProcessHost; clock: Clock },
  instance: Instance,
  hurry: AbortSignal,
): Promise<ProcessExit> {
  await endTree(deps, instance.identity, 0, hurry)
  const exit = await exitWithin(deps.clock, instance, exitKnownMs)
  return exit ?? { code: null, signal: 'SIGKILL', source: 'unknown' }
}

async function exitWithin(
  clock: Clock,
  instance: Instance,
  patienceMs: number,
  hurry?: AbortSignal,
): Promise<ProcessExit | null> {
  const known = new AbortController()
  const cut = hurry === undefined ? known.signal : AbortSignal.any([hurry, known.signal])
  const over = clock.sleep(patienceMs, cut).then(
    () => null,
    () => null,
  )
  const exit = await Promise.race([instance.process.exited, over])
  known.abort()
  return exit
}
