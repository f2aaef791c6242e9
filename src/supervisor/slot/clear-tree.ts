import { messageOf } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ProcessHost, ProcessIdentity } from '../../ports/process-host.ts'
import { endTree, type TreeEnd } from './end-tree.ts'

/** A tree that the kernel holds on to, or that we cannot see, is tried again after so long. */
const retryMs = 5000
/** What is left of a tree when its command has ended gets so long to go by itself, less where the worker's own grace is shorter. */
const leftoverGraceMs = 400

/**
 * How long what an ended command leaves behind may take to go by itself. Nobody is there to take its results any more, and the
 * tasks are due back in the queue within a second of the death (spec §2).
 */
export function leftoverGrace({ stopGraceMs }: { stopGraceMs: number }): number {
  return Math.min(leftoverGraceMs, stopGraceMs)
}

export interface Clearing {
  /** How long what is left may take to go by itself; 0: it is killed. */
  graceMs: number
  /** Kill at once, and leave to the next daemon what resists even that. */
  hurry: AbortSignal
  /** Do not look again. */
  letGo: AbortSignal
  /** Told after each try that left somebody, with what is in the way. */
  stuck: (trouble: string) => void
}

/** Ends a tree for good: nothing of an instance outlives it. `gone` is false when we were told to let go of it before. */
export async function clearTree(
  deps: { host: ProcessHost; clock: Clock },
  identity: ProcessIdentity,
  { graceMs, hurry, letGo, stuck }: Clearing,
): Promise<{ gone: boolean; forced: boolean }> {
  let forced = false
  for (;;) {
    const end = await endTree(deps, identity, graceMs, hurry).catch((error: unknown) => ({ error }))
    if ('forced' in end) forced ||= end.forced
    const trouble = troubleWith(end)
    if (trouble === null) return { gone: true, forced }
    stuck(trouble)
    // Nobody is held up by a sick kernel.
    if (hurry.aborted || letGo.aborted) return { gone: false, forced }
    await deps.clock.sleep(retryMs, AbortSignal.any([hurry, letGo])).catch(() => {})
    if (letGo.aborted) return { gone: false, forced }
  }
}

function troubleWith(end: TreeEnd | { error: unknown }): string | null {
  if ('error' in end) return `cannot see what is left of it: ${messageOf(end.error)}`
  if (end.survivors.length === 0) return null
  return `killed, but the kernel still holds pid ${end.survivors.join(', ')}`
}
