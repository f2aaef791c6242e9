import type { Clock } from '../../ports/clock.ts'
import type { ProcessHost, ProcessIdentity } from '../../ports/process-host.ts'

/** Between two looks at a tree that is being ended: short at first, for most are gone at once. */
const firstLookMs = 5
const lookMs = 100
/** A killed process is gone within milliseconds unless the kernel holds it (uninterruptible sleep). */
const killPatienceMs = 5000

export interface TreeEnd {
  /** Somebody had to be killed. */
  forced: boolean
  /** Processes that even SIGKILL has not ended yet; empty but for a sick kernel or file system. */
  survivors: number[]
}

/**
 * Ends whatever is left of a tree: asks with SIGTERM, waits for `graceMs`, kills, and looks until nothing carries the
 * mark. `graceMs` 0, or an aborted `hurry`, kills at once. Returns with survivors after 5 s of killing; call again.
 */
export async function endTree(
  deps: { host: ProcessHost; clock: Clock },
  identity: ProcessIdentity,
  graceMs: number,
  hurry: AbortSignal,
): Promise<TreeEnd> {
  if ((await deps.host.tree(identity)).length === 0) return { forced: false, survivors: [] }
  if (graceMs > 0 && !hurry.aborted) {
    await deps.host.signalTree(identity, 'SIGTERM')
    const left = await lookUntilGone(deps, identity, graceMs, { hurry })
    if (left.length === 0) return { forced: false, survivors: [] }
  }
  await deps.host.signalTree(identity, 'SIGKILL')
  const survivors = await lookUntilGone(deps, identity, killPatienceMs, { again: 'SIGKILL' })
  return { forced: true, survivors }
}

/** Looks until the tree is empty or `patienceMs` is over; `again` is sent to what is born in the meantime. */
async function lookUntilGone(
  { host, clock }: { host: ProcessHost; clock: Clock },
  identity: ProcessIdentity,
  patienceMs: number,
  options: { hurry?: AbortSignal; again?: NodeJS.Signals },
): Promise<number[]> {
  const endMs = clock.monotonicMs() + patienceMs
  let waitMs = firstLookMs
  for (;;) {
    const left = await host.tree(identity)
    if (left.length === 0 || options.hurry?.aborted === true || clock.monotonicMs() >= endMs) return left
    if (options.again !== undefined) await host.signalTree(identity, options.again)
    await nap(clock, Math.min(waitMs, endMs - clock.monotonicMs()), options.hurry)
    waitMs = Math.min(lookMs, waitMs * 2)
  }
}

/** A sleep that a hurry cuts short. */
async function nap(clock: Clock, delayMs: number, hurry: AbortSignal | undefined): Promise<void> {
  try {
    await clock.sleep(Math.max(0, delayMs), hurry)
  } catch (error) {
    if (hurry?.aborted !== true) throw error
  }
}
