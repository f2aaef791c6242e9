import type { Clock, Timer } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { RunnerFigures } from './runner-figures.ts'

export interface WorkSummary {
  /** Something was done: it is told within `intervalMs`. */
  noted(): void
  /** Tells what was not told yet. */
  stop(): void
}

const intervalMs = 5000

/** Says in one line every few seconds what was done since the last: for work that is too quick for a line a task. */
export function createWorkSummary(clock: Clock, logger: Logger, figures: () => RunnerFigures): WorkSummary {
  let told = figures()
  let timer: Timer | undefined

  const tell = (): void => {
    timer = undefined
    const now = figures()
    logger.info(difference(now, told), 'tasks done since the last such line')
    told = now
  }
  return {
    noted() {
      timer ??= clock.after(intervalMs, tell)
    },
    stop() {
      if (timer === undefined) return
      timer.cancel()
      tell()
    },
  }
}

/** Only what happened. */
function difference(now: RunnerFigures, before: RunnerFigures): Partial<RunnerFigures> {
  return Object.fromEntries(
    Object.entries(now)
      .map(([kind, count]) => [kind, count - before[kind as keyof RunnerFigures]] as const)
      .filter(([, count]) => count > 0),
  )
}
