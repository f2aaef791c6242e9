import type { Clock } from '../../ports/clock.ts'
import type { ProcessHost, ProcessIdentity } from '../../ports/process-host.ts'
import { endTree } from './end-tree.ts'

/** A tree that the kernel holds on to is tried again after so long. */
const retryMs = 5000

export interface Clearing {
  /** How long what is left may take to go by itself; 0: it is killed. */
  graceMs: number
  /** Kill at once, and leave to the next daemon what resists even that. */
  hurry: AbortSignal
  /** Do not look again. */
  letGo: AbortSignal
  /** Told after each try that left somebody, with pids. */
  stuck: (survivors: readonly number[]) => void
}

/** Ends a tree for good: nothing of an instance outlives it. `gone` is false when we were told to let go of it before. */
export async function clearTree(
  deps: { host: ProcessHost; clock: Clock },
  identity: ProcessIdentity,
  { graceMs, hurry, letGo, stuck }: Clearing,
): Promise<{ gone: boolean; forced: boolean }> {
  let forced = false
  for (;;) {
    const end = await endTree(deps, identity, graceMs, hurry)
    forced ||= end.forced
    if (end.survivors.length === 0) return { gone: true, forced }
    stuck(end.survivors)
    // Nobody is held up by a sick kernel.
    if (hurry.aborted || letGo.aborted) return { gone: false, forced }
    await deps.clock.sleep(retryMs, AbortSignal.any([hurry, letGo])).catch(() => {})
    if (letGo.aborted) return { gone: false, forced }
  }
}
