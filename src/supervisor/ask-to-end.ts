import type { Clock } from '../ports/clock.ts'
import type { ProcessExit, ProcessHost } from '../ports/process-host.ts'
import { endTree } from './end-tree.ts'
import type { Instance } from './instance.ts'

/** After a kill the exit is known at once; an adopted process without a lifeline is looked at every 2 s. */
const exitKnownMs = 5000

/**
 * Asks the command to end, and it alone, so that what it runs for a task may finish. Null when the grace was over, or cut
 * short by `hurry`, before it did.
 */
export async function askToEnd(
  { host, clock }: { host: ProcessHost; clock: Clock },
  instance: Instance,
  graceMs: number,
  hurry: AbortSignal,
): Promise<ProcessExit | null> {
  const { stopSignal } = instance.definition
  const isReached = await host.signalMain(instance.identity, stopSignal)
  if (!isReached) await host.signalTree(instance.identity, stopSignal)
  return hurry.aborted ? null : await exitWithin(clock, instance, graceMs, hurry)
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
