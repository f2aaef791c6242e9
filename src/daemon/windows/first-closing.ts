import { closedSpans } from '../../domain/cycle/closures.ts'
import { windowViews, type ChannelWindow } from '../../domain/cycle/windows.ts'
import { messageOf } from '../../errors.ts'
import type { ChannelClosures } from '../../ports/channel-closures.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'

export interface FirstClosingDeps {
  closures: Pick<ChannelClosures, 'now' | 'declareBeforeReign'>
  windows: readonly ChannelWindow[]
  clock: Clock
  logger: Logger
}

/** Workers are waited for no longer: who cannot reach the database in this time finds no task there either. */
const patienceMs = 2_000

/**
 * Closes the channels of strict windows before this node's workers begin: in a fleet that has no leader yet, the first claim would be
 * earlier than the first reign. Costs nothing where no window is strict, and nobody's start where the database is away.
 */
export async function closeBeforeFirstClaim(deps: FirstClosingDeps): Promise<void> {
  const strict = deps.windows.filter((window) => window.strict)
  if (strict.length === 0) return
  const late = Promise.withResolvers<void>()
  const timer = deps.clock.after(patienceMs, () => late.resolve())
  await Promise.race([close(strict, deps), late.promise])
  timer.cancel()
}

async function close(strict: readonly ChannelWindow[], deps: FirstClosingDeps): Promise<void> {
  const { closures, logger } = deps
  try {
    const nowMs = await closures.now()
    const spans = closedSpans(windowViews(strict, nowMs), nowMs)
    if (spans.length > 0) await closures.declareBeforeReign(spans)
  } catch (error) {
    logger.debug({}, `channels are closed by whoever leads first: ${messageOf(error)}`)
  }
}
